/*
 * Client libraries that keep a request's command in a queue and send it when another request's answer has come: each is
 * told apart by what it makes of a command, as that request's. What is patched is the library's module when it is loaded.
 */
'use strict';

exports.install = function ({ CONTEXT, current, within, writingFor, quietly }) {
    /** The function, called whenever, on behalf of the request for which it is bound now. */
    function bound(call) {
        const context = current();
        return typeof call !== 'function' ? call : function () {
            return within(context, this, call, arguments);
        };
    }

    function replace(object, name, make) {
        if (typeof object?.[name] === 'function')
            object[name] = make(object[name]);
    }

    /** Its argument, a callback, is called when a connection of the pool is free. */
    const bindCallback = (call) => function (...values) {
        return Reflect.apply(call, this, values.map(bound));
    };

    /** A pipeline, which many requests may share, gathers what its commands write and sends it as one chunk. */
    function gather(pipeline) {
        const { write } = pipeline;
        const parts = [];
        pipeline.write = (data) => {
            parts.push([Buffer.byteLength(data), current()]);
            writingFor(() => parts.splice(0));
            try {
                return Reflect.apply(write, pipeline, [data]);
            } finally {
                writingFor();
            }
        };
        pipeline[CONTEXT] = true;
    }

    /** By the arguments of the command: whose it is. */
    const redisCommands = new WeakMap();

    /** The encoded command, which its reader writes to the socket piece by piece, as that of its request. */
    const encodeForItsRequest = (encode) => function (values) {
        const pieces = Reflect.apply(encode, this, arguments);
        const context = redisCommands.get(values) ?? current();
        return {
            * [Symbol.iterator]() {
                writingFor(() => context);
                try {
                    yield* pieces;
                } finally {
                    writingFor();
                }
            },
        };
    };

    const patches = {
        // Commands wait for the connection, and are sent again after a reconnect.
        '/ioredis/built/Redis.js': ({ default: Redis }) =>
            replace(Redis.prototype, 'sendCommand', (call) => function (command, stream) {
                if (stream?.isPipeline && !stream[CONTEXT])
                    gather(stream);
                command[CONTEXT] ??= current();
                return within(command[CONTEXT], this, call, arguments);
            }),
        '/ioredis/built/Pipeline.js': ({ default: Pipeline }) =>
            replace(Pipeline.prototype, 'sendCommand', (call) => function (command) {
                command[CONTEXT] ??= current();
                return Reflect.apply(call, this, arguments);
            }),
        // Requests wait for a connection of the pool; what waits is the handler of the answer.
        '/undici/lib/dispatcher/dispatcher-base.js': (Dispatcher) =>
            replace(Dispatcher.prototype, 'dispatch', (call) => function (options, handler) {
                if (typeof handler !== 'object' || handler === null)
                    return Reflect.apply(call, this, arguments);
                handler[CONTEXT] ??= current();
                return within(handler[CONTEXT], this, call, arguments);
            }),
        '/pg-pool/index.js': (Pool) => replace(Pool.prototype, 'connect', bindCallback),
        '/pg/lib/client.js': (Client) => replace(Client.prototype, 'query', (call) => function () {
            const result = Reflect.apply(call, this, arguments);
            const waiting = (Object.hasOwn(this, '_queryQueue') ? this._queryQueue : this.queryQueue)?.at(-1);
            if (waiting && !Object.hasOwn(waiting, 'submit'))
                waiting.submit = bound(waiting.submit);
            return result;
        }),
        '/mysql2/lib/base/pool.js': (Pool) => replace(Pool.prototype, 'getConnection', bindCallback),
        '/mysql2/lib/base/connection.js': (Connection) =>
            replace(Connection.prototype, 'addCommand', (call) => function (command) {
                command.execute = bound(command.execute); // called for every packet of its answer
                return Reflect.apply(call, this, arguments);
            }),
        '/@redis/client/dist/lib/client/commands-queue.js': ({ default: Queue }) =>
            replace(Queue.prototype, 'addCommand', (call) => function (values) {
                redisCommands.set(values, current());
                return Reflect.apply(call, this, arguments);
            }),
        '/@redis/client/dist/lib/RESP/encoder.js': (encoder) => replace(encoder, 'default', encodeForItsRequest),
        '/@redis/client/dist/lib/client/RESP2/encoder.js': (encoder) => replace(encoder, 'default', encodeForItsRequest),
    };
    const Module = require('module');
    replace(Module.prototype, '_compile', (compile) => function (content, file) {
        const result = Reflect.apply(compile, this, arguments);
        for (const [end, patch] of Object.entries(patches))
            if (file.endsWith(end))
                quietly(patch, this.exports);
        return result;
    });

    // undici, and fetch, which is built on it: from the creation of the request to the connection that takes it.
    const { subscribe } = require('diagnostics_channel');
    subscribe('undici:request:create', ({ request }) => {
        request[CONTEXT] = current();
    });
    subscribe('undici:client:sendHeaders', ({ request, socket }) => {
        socket[CONTEXT] = request[CONTEXT];
    });
};
