seq 20000 | awk '{ print $1 * 7 % 1000 }' | sort -n | uniq -c | tee counts | head -n 500 | wc -lc
cksum counts
yes | head -n 1
echo "${PIPESTATUS[*]}"
