exec 7> log
echo one >&7
(echo two; ls /nowhere) >&7 2>&7
exec 7>&-
sed 's/:.*nowhere/: nowhere/' log
cat <<< here
