// For node_hook.py: an HTTP server whose requests share one connection, on which what they send is gathered and sent together
// while others are in flight, and two connections of an http.Agent, for which they wait. node_hook.js LINES_PORT HTTP_PORT
'use strict';

const http = require('http');
const net = require('net');

const [linesPort, httpPort] = process.argv.slice(2).map(Number);
const lines = net.connect(linesPort, '127.0.0.1');
const waiting = [];
lines.on('data', (data) => {
    for (let answers = data.length; answers > 0; answers--)
        waiting.shift()();
});

function ask(key) {
    if (lines.writableCorked === 0) {
        lines.cork();
        setImmediate(() => lines.uncork());
    }
    lines.write('get ');
    lines.write(Buffer.from(key));
    lines.write('\n', 'latin1');
    return new Promise((resolve) => waiting.push(resolve));
}

const agent = new http.Agent({ keepAlive: true, maxSockets: 2 });
const fetch = (path) => new Promise((resolve, reject) => {
    const request = http.request({ port: httpPort, agent, path, method: 'POST' }, (response) => response.resume().on('end', resolve));
    request.on('error', reject).end(`body ${path.slice(1)}`);
});

const server = http.createServer((request, response) => {
    const key = request.url.slice(1);
    request.resume().on('end', async () => { // the context must be there although the body comes later
        await ask(key);
        await fetch(`/${key}`);
        await ask(key);
        response.end();
        if (key === 'last')
            process.exit(0);
    });
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
