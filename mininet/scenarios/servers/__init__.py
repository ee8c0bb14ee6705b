"""Real servers on the reference network: how many of their requests' causal paths are exact.

`eval_servers.py` (the folder above) starts an application on a place, lets the load client make requests while a session
records, stops the application, and holds the exported paths against the application's own ground truth.

An application (`application.py`) is a module of `stacks/` with one or more subclasses of `Application`, named in
`stacks/__init__.py`. It has its `name`, the Debian `packages` and the `programs` it needs, its `goal`, how many `repeats`, and

    entry(place) -> "ip:port"        where the clients on h1..h3 send their requests: GET /work HTTP/1.1 (kept alive)
    client(place) -> [command]       what asks it, where that is not the load client; it takes the same arguments
    start(place)                     starts every tier in a host of its own, and returns when all of them answer
    visits(place) -> list[Visit]     the ground truth; called when the tiers have ended

A place (`place.py`) is the reference network, or with `--local` this machine's loopback: write nothing that works in one of
them alone. It gives

    address(host) -> ip              never write an address of a host yourself
    virtual(host, port) -> "ip:port" the same by a virtual address, where there is one (h4..h11, port_of(host))
    folder(name, user=None) -> path  a new folder that the user owns, for a tier's configuration, data and truth
    give(folder, user)               makes the user own a folder and all that is in it by now
    start(host, name, command, user=None, environment=None, traced=True) -> Process
    wait_listening(host, port)

Every request carries the line `X-Eval-Id: r0000001` (always eight letters). Each tier passes it on to the next where that speaks
HTTP, FastCGI or AJP, and remembers it in memory or in a log of its own. It must be in nothing else that S-Trace looks at: no SQL statement,
URL, file name or response; STRACE_WITNESS_EXCEPT (set by the place) keeps the line out of the witness hashes. All ids have the
same length, so that byte counts tell nothing. `urls=distinct` adds `?n=NUMBER` to the URL; tiers pass it on and ignore it.

The ground truth is a line of JSON a visit of a tier (`truth.py`):

    {"id": "r0000001", "tier": "php", "host": "h6", "pid": 4711, "tid": 4711,
     "in":  {"local": "10.0.0.6:9000", "peer": "10.0.0.4:41234", "enterNs": 1.., "exitNs": 1..},
     "out": [{"local": "10.0.0.6:51234", "peer": "10.0.0.13:3306", "enterNs": 1.., "sentNs": null, "exitNs": 1..}]}

`in` is the exchange that the tier was asked by (null: the client), `out` those in which it asked others; a database asked with two
statements is visited twice. Addresses are what the tier itself sees (behind a NAT, that may differ from what the other end sees).
Times are CLOCK_REALTIME in ns. Those of `in` are taken *inside*: after all of the request was received, and before anything of
the response is sent. Those of `out` are taken *outside*: before anything of the request is sent, and after all of the response was received.
`sentNs`, where one connection carries several exchanges at once: the request was sent between enterNs and sentNs, and by then
the call had returned. pid and tid: who received the request and sent the response; null: not known, or not one thread.

What a tier does not know it leaves out: `truth.add_asking` gives a proxy that cannot log its own port (nginx, Apache) its `out`, from
what the asked tier knows, and `truth.complete` takes times from the other end, or, for a proxy, from what it asked others in between; from who asked a proxy,
too, how it was asked, if it is the only one of a request that does not say.
"""
