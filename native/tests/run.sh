#!/bin/sh
# Every test of the native side: run.sh BIN TESTS. The last line is "N passed, N failed, N skipped".
bin=$1 tests=$2 here=$(dirname "$0")
passed=0 failed=0 skipped=0

check() { # check NAME EXPECTED ACTUAL
    if [ "$2" = "$3" ]; then
        passed=$((passed + 1))
        echo "ok   $1"
    else
        failed=$((failed + 1))
        printf 'FAIL %s\n  expected: %s\n  actual:   %s\n' "$1" "$2" "$3"
    fi
}

output=$(mktemp)
trap 'rm -f "$output" /tmp/st-probe.*' EXIT
"$tests/cases" "$bin/libwrapper.so" "$tests/probe" | tee "$output"
read -r passed _ failed _ skipped _ <<END
$(tail -n 1 "$output")
END
case $passed$failed$skipped in *[!0-9]* | '') passed=0 failed=1 skipped=0 ;; esac

exported=$(nm -D --defined-only "$bin/libwrapper.so" | awk '{ print $3 }' | sort)
declared=$(sed -n '/global:/,/local:/p' "$here/../libwrapper/libwrapper.map" | grep -o '[A-Za-z_0-9]*;' | tr -d ';' | sort)
check only_interposed_names_are_exported "$declared" "$exported"

exec=$bin/st-exec
check exec_sets_variables "a b:old new" \
    "$(B=old "$exec" --env A=a --prepend B=b: --prepend C=new: -- sh -c 'echo $A $B $C' 2>&1)"
check exec_joins_by_the_separator_told "'--require b --c' '--require b'" \
    "$(N=--c "$exec" --prepend "N=--require b " --prepend "M=--require b " -- sh -c "echo \"'\$N' '\$M'\"" 2>&1)"
check exec_ignores_only_the_signals_told "0000000000001001" \
    "$(trap '' INT; "$exec" --ignore-signals 1,13 -- awk '/SigIgn/ { print $2 }' /proc/self/status)"
check exec_sets_the_signal_mask "0000000000000802" \
    "$("$exec" --sigmask 802 -- awk '/SigBlk/ { print $2 }' /proc/self/status)"
check exec_sets_the_limit_of_open_files "100 200" \
    "$("$exec" --nofile 100:200 -- sh -c 'echo $(ulimit -Sn) $(ulimit -Hn)')"
check exec_tells_what_is_missing "s-trace run: cannot execute nonexistent: No such file or directory 127" \
    "$(echo $("$exec" -- nonexistent 2>&1; echo $?))"
check exec_tells_what_is_not_executable "s-trace run: cannot execute /etc/passwd: Permission denied 126" \
    "$(echo $("$exec" -- /etc/passwd 2>&1; echo $?))"
check exec_refuses_wrong_options "st-exec: --sigmask cannot be x 2" "$(echo $("$exec" --sigmask x -- true 2>&1; echo $?))"

# Real programs must answer as they do without the library, and leave records.
same() { # same NAME COMMAND
    if ! command -v "${2%% *}" >/dev/null; then
        skipped=$((skipped + 1))
        echo "skip $1: ${2%% *} is not installed"
        return
    fi
    alone=$(sh -c "$2" 2>&1; echo "exit $?")
    check "$1" "$alone" "$("$tests/record" "$bin/libwrapper.so" "$output" sh -c "$2" 2>&1; echo "exit $?")"
    check "$1_leaves_records" "0 lost, 0 malformed, 0 without slot" "$(sed -n 's/.* rings, //p' "$output")"
}
same bash_runs "bash -c 'for i in 1 2 3; do echo \$i | cat; done; x=\$(ls /etc); echo \${#x}; exit 3'"
same python_runs "python3 $here/real_program.py"
same openssl_runs "openssl dgst -sha256 /etc/passwd"
same git_runs "git -c init.defaultBranch=main init -q --bare $tests/repository.git; git -c alias.shell='!echo child' shell"
same curl_runs "curl -sS file:///etc/passwd"
same node_runs "node -e \"console.log(require('child_process').execSync('echo child').toString())\""
if command -v node >/dev/null; then
    check node_hook_tells_whose_bytes_they_are "1200 right, 0 wrong" \
        "$(/usr/bin/python3 "$here/node_hook.py" "$tests/record" "$bin/libwrapper.so" "$bin/hooks/strace-node.js")"
else
    skipped=$((skipped + 1))
    echo "skip node_hook_tells_whose_bytes_they_are: node is not installed"
fi
same dotnet_runs "dotnet --list-runtimes"

protocols=$("$tests/protocol" "$here"/protocol/*.txt)
echo "$protocols" | grep -v '^ok' | sed '$d'
check protocol_messages_are_found "0 failed" "$(echo "$protocols" | sed -n '$s/.*, //p')"
check protocol_processors_survive_mutations "200000 conversations, no fault" \
    "$("$tests/fuzz_protocol" 200000 1 "$here"/protocol/*.txt 2>&1)"
"$tests/protocol_marks" "$bin/libwrapper.so" "$output" python3 "$here/protocol_real.py"
check protocol_marks_stand_before_their_calls \
    "python http1 sent request 100 python http1 sent response 100 python http1 taken request 100 python http1 taken response 100 0 lost, 0 malformed" \
    "$(sed 's/^python[0-9.]*/python/' "$output" | paste -sd ' ')"

check hostlib_answers "5 passed, 0 failed" "$("$tests/hostlib" "$bin/libsthost.so" | tail -n 1)"

echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
