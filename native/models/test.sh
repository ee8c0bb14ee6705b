#!/bin/sh
# Builds the models plain and with sanitizers into a scratch folder, runs test_models.py on each, and under libwrapper.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
flags="-std=c11 -D_GNU_SOURCE -O2 -g -Wall -Wextra -Werror -pthread"
sources="$here/*.c $here/../ntier/address.c $here/../ntier/fail.c $here/../ntier/truth.c"

run() { # NAME FLAGS [OPTION...]
    echo "models, $1"
    ${CC:-gcc} $flags $2 $sources -o "$scratch/models"
    shift 2
    /usr/bin/python3 "$here/test_models.py" "$scratch/models" "$@" | tee -a "$scratch/log" || true
}

export ASAN_OPTIONS=detect_leaks=0 # a tier ends by _exit with its threads running
run "plain" ""
run "AddressSanitizer and UndefinedBehaviorSanitizer" "-fsanitize=address,undefined" --quick
run "ThreadSanitizer" "-fsanitize=thread" --quick --no-async
make --silent -C "$here/.." BIN="$scratch" "$scratch/libwrapper.so"
run "under libwrapper" "" --quick --library "$scratch/libwrapper.so"

awk '/ passed, .* failed, .* skipped$/ { runs++; passed += $1; failed += $3; skipped += $5 }
     END { if (runs < 4) failed += 4 - runs
           printf "%d passed, %d failed, %d skipped\n", passed, failed, skipped; exit failed > 0 }' "$scratch/log"
