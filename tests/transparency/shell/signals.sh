trap 'echo got TERM' TERM
(sleep 0.1; kill -TERM $$) & wait
kill -0 $$ && echo alive
{ sh -c 'kill -9 $$'; } 2> messages
echo $?
