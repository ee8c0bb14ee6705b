<?php
// The work of the PHP stacks: two statements on a connection of its own, and always the same answer. It appends its
// ground truth (the docstring of the package) to a file of the worker's.
$libc = FFI::cdef('
    struct address { unsigned short family, port; unsigned char ip[4]; char rest[120]; };
    struct time { long s, ns; };
    int getsockname(int fd, struct address *name, unsigned *length);
    int getpeername(int fd, struct address *name, unsigned *length);
    int clock_gettime(int clock, struct time *time);
    unsigned short ntohs(unsigned short value);');

function now(): int
{
    global $libc;
    $time = $libc->new('struct time');
    $libc->clock_gettime(0, FFI::addr($time));
    return $time->s * 1_000_000_000 + $time->ns;
}

function address(string $function, int $fd): ?string
{
    global $libc;
    $name = $libc->new('struct address');
    $length = $libc->new('unsigned');
    $length->cdata = FFI::sizeof($name);
    if ($libc->$function($fd, FFI::addr($name), FFI::addr($length)) != 0 || $name->family != 2)
        return null;
    return implode('.', [$name->ip[0], $name->ip[1], $name->ip[2], $name->ip[3]]) . ':' . $libc->ntohs($name->port);
}

// The connection with this address at its own or its other end; nobody tells a script its ports.
function connection(string $end, string $address): array
{
    for ($fd = 0; $fd < 64; $fd++) {
        $peer = address('getpeername', $fd);
        $found = $peer === null ? [] : ['local' => address('getsockname', $fd), 'peer' => $peer];
        if (($found[$end] ?? null) === $address)
            return $found;
    }
    throw new Exception("there is no connection whose $end end is $address");
}

function ask(mysqli $database, string $sql): array
{
    $enter = now();
    $database->query($sql)->fetch_row();
    return ['enterNs' => $enter, 'exitNs' => now()];
}

$enter = now();
$entry = connection('local', getenv('WORK_LISTENS'));
[$ip, $port] = explode(':', getenv('WORK_DATABASE'));
$database = new mysqli($ip, 'work', 'work', 'work', (int)$port);
$asked = connection('peer', getenv('WORK_DATABASE'));
$out = [
    $asked + ask($database, 'SELECT id, name FROM item WHERE id = 17'),
    $asked + ask($database, 'SELECT COUNT(*), MAX(name) FROM item'),
];
$database->close();

$id = ['id' => $_SERVER['HTTP_X_EVAL_ID']];
$answered = $id + ['tier' => 'mariadb', 'host' => 'h13', 'in' => ['local' => $asked['peer'], 'peer' => $asked['local']], 'out' => []];
$own = $id + ['tier' => 'php', 'host' => getenv('WORK_HOST'), 'pid' => getmypid(), 'tid' => getmypid(), 'out' => $out,
    'in' => $entry + ['enterNs' => $enter, 'exitNs' => now()]];
$lines = array_map('json_encode', [$answered, $answered, $own]);
file_put_contents(getenv('WORK_TRUTH') . '/' . getmypid(), implode("\n", $lines) . "\n", FILE_APPEND);
header('Content-Type: text/plain');
echo "done\n";
