/*
 * The runtime hook for Node.js 18 and later, loaded by NODE_OPTIONS=--require. It gives each request that a server of
 * this process receives a number, the context, which follows the request through the asynchronous work for it, and tells
 * libwrapper.so:
 *
 *   declare(fd, n, context)   before every write: for whom the n bytes are, chunk by chunk, so that the commands of many
 *                             requests stay apart on one shared connection, in whatever batches they are sent
 *   declare(fd, 0, context)   when a request has come in on fd
 *   set(context)              around what the main thread does at once: connect, spawn, fs.*Sync, writes into TLS
 *
 * Without libwrapper nothing is patched.
 */
'use strict';

const { AsyncLocalStorage } = require('async_hooks');
const path = require('path');
const { threadId } = require('worker_threads');

const CONTEXTS_A_THREAD = 2 ** 32; // unique in the process, whose threads have numbers of their own; exact in a double
const REQUEST_EVENTS = new Set(['request', 'checkContinue', 'checkExpectation', 'upgrade', 'connect', 'stream']);

/** Of a server's message: the context of its request. Of a socket: of the message that is being written to it. */
const CONTEXT = Symbol('s-trace.context');

/**
 * Of a socket: for whom the chunks are that were written to it and not yet handed to the kernel; an entry each, a context
 * or, of a chunk for several requests, the (bytes, context) of its parts.
 */
const WRITTEN = Symbol('s-trace.written');

const LONGEST_QUEUE = 1024;

const storage = new AsyncLocalStorage();
const patched = new WeakSet();
let last = threadId * CONTEXTS_A_THREAD;
let told = 0;
let foreign = () => undefined;
let wrapper;
quietly(() => {
    wrapper = require(path.join(__dirname, 'strace_node.node'));
    if (wrapper.set !== undefined)
        install();
});

/** The application comes first: where the hook fails, it runs without. */
function quietly(work, ...values) {
    try {
        work(...values);
    } catch {
        // Nothing of it may reach the application.
    }
}

function install() {
    const http = require('http');
    const net = require('net');
    patchServers(net.Server.prototype);
    patchMessages(http.IncomingMessage.prototype);
    patchMessages(http.ServerResponse.prototype);
    patchSockets(net.Socket.prototype);
    patchCalls(require('fs'), (name) => name.endsWith('Sync'));
    const processes = require('child_process');
    patchCalls(processes, (name) => name.endsWith('Sync'));
    patchCalls(processes.ChildProcess.prototype, (name) => name === 'spawn');
    require('module').syncBuiltinESMExports();
    require('./strace-node-libraries.js').install({ CONTEXT, current, within, writingFor, quietly });
}

/** The context of the request that the running code works for; 0: none. */
function current() {
    return storage.getStore() ?? 0;
}

/** Calls the function on behalf of a context. */
function within(context, self, call, values) {
    const apply = () => Reflect.apply(call, self, values);
    return context === current() ? apply() : storage.run(context, apply);
}

/** Until it is called again, what is written to sockets is for whom the function says; undefined: for the running code's. */
function writingFor(whom) {
    foreign = whom ?? (() => undefined);
}

/** Calls the function while libwrapper knows that the thread works for the context. */
function telling(context, self, call, values) {
    if (context === told)
        return Reflect.apply(call, self, values);
    const before = told;
    wrapper.set(told = context);
    try {
        return Reflect.apply(call, self, values);
    } finally {
        wrapper.set(told = before);
    }
}

/** Functions of the object that make their system calls before they return. */
function patchCalls(object, isPatched) {
    for (const name of Object.keys(object).filter(isPatched)) {
        const call = object[name];
        if (typeof call !== 'function')
            continue;
        const replacement = function (...values) {
            return telling(current(), this, call, values);
        };
        object[name] = Object.defineProperties(replacement, Object.getOwnPropertyDescriptors(call));
    }
}

/** Every server is a net.Server: HTTP/1, HTTPS and HTTP/2. */
function patchServers(prototype) {
    const { emit } = prototype;
    prototype.emit = function (event, message, response) {
        // An HTTP/2 request is told twice, the first time as a stream.
        if (!REQUEST_EVENTS.has(event) || message?.stream?.[CONTEXT] !== undefined)
            return Reflect.apply(emit, this, arguments);
        const context = ++last;
        quietly(begin, context, message, event === 'request' ? response : undefined);
        return within(context, this, emit, arguments);
    };
}

function begin(context, message, response) {
    message[CONTEXT] = context;
    if (response)
        response[CONTEXT] = context;
    if (message.session) // an HTTP/2 stream, whose class has no name of its own
        once(Object.getPrototypeOf(message), patchMessages);
    const socket = message.socket ?? message.session?.socket;
    wrapper.declare(socket?._handle?.fd ?? -1, 0, context);
}

/** A body's events come from the connection, which serves one request after the other. */
function patchMessages(prototype) {
    const { emit } = prototype;
    prototype.emit = function () {
        const context = this[CONTEXT];
        return context === undefined ? Reflect.apply(emit, this, arguments) : within(context, this, emit, arguments);
    };
}

function patchSockets(prototype) {
    const { write, end, connect, _writeGeneric: send } = prototype;

    prototype.write = function (chunk) {
        return accepting(this, chunk, write, arguments);
    };
    prototype.end = function (chunk) {
        const isChunk = chunk !== undefined && chunk !== null && typeof chunk !== 'function';
        return isChunk ? accepting(this, chunk, end, arguments) : Reflect.apply(end, this, arguments);
    };
    // Writable calls it with one chunk, or with all that it held back while it was corked or busy; before the connection
    // stands it comes to nothing, and is made again.
    prototype._writeGeneric = function (isVector, data) {
        if (this.connecting || this[WRITTEN] === undefined)
            return Reflect.apply(send, this, arguments);
        if (this.encrypted) { // how many bytes TLS will make of them, nobody knows
            const [first] = this[WRITTEN].splice(0, isVector ? data.length : 1);
            return telling(Array.isArray(first) ? first[0][1] : first ?? 0, this, send, arguments);
        }
        quietly(declare, this, isVector ? data : [{ chunk: data, encoding: arguments[2] }]);
        return Reflect.apply(send, this, arguments);
    };
    prototype.connect = function () {
        const result = telling(current(), this, connect, arguments);
        quietly(patchHandle, this._handle);
        return result;
    };
}

/** Hands a chunk to the stream, which may send it at once, later or, where it throws, never. */
function accepting(socket, chunk, accept, values) {
    const contexts = (socket[WRITTEN] ??= []);
    if (contexts.length >= LONGEST_QUEUE && socket.writableLength === 0) // of a class that sends by a way of its own
        contexts.length = 0;
    contexts.push(foreign() ?? socket[CONTEXT] ?? socket._httpMessage?.[CONTEXT] ?? current());
    try {
        return Reflect.apply(accept, socket, values);
    } catch (error) {
        contexts.pop();
        throw error;
    }
}

/** Tells for whom the chunks are that are sent next. */
function declare(socket, chunks) {
    const fd = socket._handle?.fd ?? -1;
    let bytes = 0;
    let context = 0;
    function add(more, theirs) {
        if (theirs !== context && bytes > 0) {
            wrapper.declare(fd, bytes, context);
            bytes = 0;
        }
        bytes += more;
        context = theirs;
    }
    const contexts = socket[WRITTEN].splice(0, chunks.length);
    chunks.forEach(({ chunk, encoding }, i) => {
        const whom = contexts[i] ?? 0;
        if (typeof whom === 'number')
            add(typeof chunk === 'string' ? Buffer.byteLength(chunk, encoding) : chunk.length, whom);
        else
            whom.forEach(([partBytes, theirs]) => add(partBytes, theirs));
    });
    add(0, -1);
}

/** The system call connect is made when the name has been looked up, by a method of the binding's class. */
function patchHandle(handle) {
    if (handle)
        once(Object.getPrototypeOf(handle), (prototype) => patchCalls(prototype, (name) => name === 'connect' || name === 'connect6'));
}

function once(prototype, patch) {
    if (!patched.has(prototype)) {
        patched.add(prototype);
        patch(prototype);
    }
}
