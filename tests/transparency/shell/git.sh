export HOME=$PWD
git config --global user.email a@b
git config --global user.name a
git init -q one
for i in 1 2 3 4 5; do
    seq $i 500 > one/f$i
    git -C one add .
    GIT_AUTHOR_DATE=@$i GIT_COMMITTER_DATE=@$i git -C one commit -qm $i
done
git -C one gc -q
git -C one log --stat | cksum
git clone -q "file://$PWD/one" two
git -C two fsck
git -C two rev-parse HEAD
