/*
 * A page from Redis: LISTEN and BACKEND are ip:port. All requests share one connection, on which their commands do not wait for one
 * another. On SIGTERM the application's own account of its requests goes to a file in the folder TRUTH, as
 * mininet/scenarios/servers tells.
 */
'use strict';

const fs = require('fs');
const http = require('http');
const path = require('path');
const Redis = require('ioredis');

const lines = [];

const nowNs = () => Math.round((performance.timeOrigin + performance.now()) * 1e6);

const [host, port] = process.env.BACKEND.split(':');
const redis = new Redis({ host, port: Number(port), enableReadyCheck: false });

const server = http.createServer(async (request, response) => {
    const { socket } = request;
    const received = nowNs();
    const number = Number(new URL(request.url, 'http://localhost').searchParams.get('n') ?? 0) % 1000;

    const enter = nowNs();
    const answer = redis.get(`item:${number}`);
    const sent = nowNs();
    const body = await answer;
    const { localAddress, localPort } = redis.stream;
    const out = { local: `${localAddress}:${localPort}`, peer: process.env.BACKEND, enterNs: enter, sentNs: sent, exitNs: nowNs() };

    const client = {
        local: `${socket.localAddress}:${socket.localPort}`, peer: `${socket.remoteAddress}:${socket.remotePort}`,
        enterNs: received, exitNs: nowNs(),
    };
    lines.push({ id: request.headers['x-eval-id'], pid: process.pid, tid: process.pid, in: client, out: [out] });
    response.writeHead(200, { 'Content-Type': 'text/plain', 'Content-Length': Buffer.byteLength(body) });
    response.end(body);
});
server.keepAliveTimeout = 600_000;

redis.once('ready', async () => {
    await redis.mset(Object.fromEntries(Array.from({ length: 1000 }, (_, n) => [`item:${n}`, `item ${String(n).padStart(3, '0')}`])));
    const [address, ownPort] = process.env.LISTEN.split(':');
    server.listen(Number(ownPort), address);
});

process.once('SIGTERM', () => {
    const text = lines.map((line) => `${JSON.stringify(line)}\n`).join('');
    fs.writeFileSync(path.join(process.env.TRUTH, `${process.pid}.jsonl`), text);
    process.exit(0);
});
