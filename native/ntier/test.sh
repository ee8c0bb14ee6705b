#!/bin/sh
# Builds n-Tier plain and with sanitizers into a scratch folder, runs test_truth.py on each, and adds up the results.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
flags="-std=c11 -D_GNU_SOURCE -O2 -g -Wall -Wextra -Werror -pthread"

run() { # NAME FLAGS [OPTION]
    echo "n-Tier, $1"
    ${CC:-gcc} $flags $2 "$here"/*.c -o "$scratch/ntier"
    /usr/bin/python3 "$here/test_truth.py" "$scratch/ntier" ${3:-} | tee -a "$scratch/log" || true
}

export ASAN_OPTIONS=detect_leaks=0 # a replica ends by _exit with its pool running
export TSAN_OPTIONS="suppressions=$here/tsan.supp"
run "plain" ""
run "AddressSanitizer and UndefinedBehaviorSanitizer" "-fsanitize=address,undefined" --sanitized
run "ThreadSanitizer" "-fsanitize=thread" --sanitized

awk '/ passed, .* failed, .* skipped$/ { runs++; passed += $1; failed += $3; skipped += $5 }
     END { if (runs < 3) failed += 3 - runs
           printf "%d passed, %d failed, %d skipped\n", passed, failed, skipped; exit failed > 0 }' "$scratch/log"
