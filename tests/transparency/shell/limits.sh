ulimit -n 20
python3 -c 'import os; print([os.dup(0) for _ in range(3)])'
for i in $(seq 3 30); do eval "exec $i< /dev/null" || break; done 2> messages
echo "$i" $(ls /proc/$$/fd | wc -l)
