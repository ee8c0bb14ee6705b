# A server on a Unix socket: commands, a pipeline, its benchmark, both kinds of files, and a child that saves.
redis-server --port 0 --unixsocket "$PWD/socket" --appendonly yes --dir "$PWD" --save '' --enable-debug-command local --daemonize yes --logfile "$PWD/log"
client() { redis-cli -s "$PWD/socket" "$@"; }
until client ping > /dev/null 2>&1; do sleep 0.05; done

client << 'END'
set a 1
incr a
rpush l x y z
lrange l 0 -1
hset h f v g w
hgetall h
multi
incr a
exec
eval "return redis.call('get', KEYS[1])" 1 a
xadd s 1-1 k v
xrange s - +
END
seq 1 3000 | awk '{ print "set k" $1 " " $1 * 7 }' | client --pipe | tail -n 1
redis-benchmark -s "$PWD/socket" -n 4000 -c 20 -P 4 -t set,get,lpush,mset --csv | cut -d, -f1

client bgsave
while client info persistence | grep -q 'rdb_bgsave_in_progress:1'; do sleep 0.05; done
client dbsize
client debug digest
client info persistence | grep -E 'last_(bgsave|write)_status'
client shutdown
redis-check-aof appendonlydir/*.manifest | tail -n 1
redis-check-rdb dump.rdb | grep -c 'RDB looks OK'
