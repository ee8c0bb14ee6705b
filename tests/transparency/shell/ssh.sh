ssh-keygen -qt ed25519 -N '' -f host
ssh-keygen -qt ed25519 -N '' -f user
mkdir -p /run/sshd
/usr/sbin/sshd -f /dev/null -o Port=22022 -o ListenAddress=127.0.0.1 -o HostKey="$PWD/host" -o AuthorizedKeysFile="$PWD/user.pub" \
    -o StrictModes=no -o PidFile="$PWD/pid" -o UsePAM=no -o PermitRootLogin=yes || exit
for i in $(seq 200); do [ -s pid ] || sleep 0.05; done
for i in 1 2 3; do
    seq 50000 | ssh -F /dev/null -o UserKnownHostsFile=/dev/null -o StrictHostKeyChecking=no -o LogLevel=ERROR -o IdentityAgent=none \
        -p 22022 -i user 127.0.0.1 'cksum; exit 7'
    echo $?
done
kill "$(cat pid)"
