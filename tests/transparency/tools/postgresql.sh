# A cluster of the user postgres: initdb, pgbench, parallel workers, COPY to a program, a cancelled query, a dump.
cat > commands << 'SCRIPT'
export PATH=$(ls -d /usr/lib/postgresql/*/bin | tail -n 1):$PATH PGHOST=$PWD PGUSER=postgres
initdb -D data -A trust -N | grep -c 'ok$'
cat >> data/postgresql.conf << END
listen_addresses = ''
unix_socket_directories = '$PWD'
max_parallel_workers_per_gather = 2
min_parallel_table_scan_size = 0
parallel_setup_cost = 0
END
pg_ctl -D data -l log -w start | tail -n 1
createdb bench
pgbench -q -i bench 2>&1 | grep -c '^done'
pgbench -n -t 100 -c 4 -j 2 -M prepared bench | grep -E 'processed|failed'
psql -Atq bench << 'SQL' 2>&1
select count(*), sum(abalance) = (select sum(delta) from pgbench_history) from pgbench_accounts;
explain (costs off) select count(*) from pgbench_accounts;
copy (select generate_series(1, 20000)) to program 'cksum > sum';
copy pgbench_branches (bid) from program 'seq 2 9';
select bid from pgbench_branches;
select pg_cancel_backend(pg_backend_pid());
SQL
cat data/sum
pg_dump --schema-only bench | grep -v '^.restrict\|^.unrestrict' | cksum
pg_ctl -D data -m fast -w stop | tail -n 1
pg_controldata data | grep 'cluster state'
grep -ciE 'panic|fatal|could not' log
SCRIPT
chown -R postgres .
setpriv --reuid=postgres --regid=postgres --init-groups bash commands
