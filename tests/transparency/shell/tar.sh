cp -r /usr/share/doc/bash tree
tar -C tree -cf - . | gzip -c | gunzip | tar -tvf - | awk '{ print $1, $3, $NF }' | sort | cksum
tar -C tree -czf tree.tgz . && mkdir out && tar -C out -xzf tree.tgz && diff -r tree out && echo same
