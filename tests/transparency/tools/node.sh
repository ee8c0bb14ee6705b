# An HTTP server with thirty clients at once, streamed files, children, a worker thread.
cat > program.js << 'END'
const fs = require('fs'), http = require('http'), { execSync, spawnSync } = require('child_process'), { Worker } = require('worker_threads');
const sum = text => require('crypto').createHash('md5').update(text).digest('hex');

fs.writeFileSync('file', Buffer.alloc(300000, 'abc'));
const server = http.createServer((request, response) =>
  (request.url === '/file' ? fs.createReadStream('file') : request).pipe(response));
server.listen(0, '127.0.0.1', async () => {
  const base = `http://127.0.0.1:${server.address().port}`;
  const ask = i => i % 3 ? fetch(base, { method: 'POST', body: 'x'.repeat(i * 5000) }) : fetch(base + '/file');
  const answers = await Promise.all(Array.from({ length: 30 }, (_, i) => ask(i).then(answer => answer.text())));
  console.log(answers.map(sum).join('\n'));
  console.log(execSync('cat', { input: 'piped' }).toString(), spawnSync('sh', ['-c', 'kill -9 $$']).signal);
  new Worker('require("worker_threads").parentPort.postMessage(require("fs").readdirSync(".").join())', { eval: true })
    .on('message', message => { console.log(message); server.close(); server.closeAllConnections(); });
});
END
node program.js
