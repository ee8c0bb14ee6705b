# javac, files that are mapped and transferred, a selector with twenty clients, a child process.
cat > Program.java << 'END'
import java.net.*;
import java.nio.*;
import java.nio.channels.*;
import java.nio.file.*;
import java.util.*;
import java.util.concurrent.*;

public class Program {
    static final int CLIENTS = 20;

    public static void main(String[] arguments) throws Exception {
        files();
        sockets();
        child();
    }

    static void files() throws Exception {
        byte[] bytes = new byte[200_000];
        new Random(1).nextBytes(bytes);
        Files.write(Path.of("from"), bytes);
        try (var from = FileChannel.open(Path.of("from"));
             var to = FileChannel.open(Path.of("to"), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            byte[] mapped = new byte[bytes.length];
            from.map(FileChannel.MapMode.READ_ONLY, 0, bytes.length).get(mapped);
            System.out.println(Arrays.equals(bytes, mapped) + " " + from.transferTo(0, bytes.length, to));
        }
        System.out.println(Files.mismatch(Path.of("from"), Path.of("to")));
    }

    static void sockets() throws Exception {
        var listener = ServerSocketChannel.open().bind(new InetSocketAddress("127.0.0.1", 0));
        listener.configureBlocking(false);
        int port = ((InetSocketAddress) listener.getLocalAddress()).getPort();
        var pool = Executors.newFixedThreadPool(4);
        var answers = new ArrayList<Future<Integer>>();
        for (int client = 0; client < CLIENTS; client++) {
            byte[] message = ("message " + client).repeat(100).getBytes();
            answers.add(pool.submit(() -> {
                try (var socket = new Socket("127.0.0.1", port)) {
                    socket.getOutputStream().write(message);
                    return Arrays.hashCode(socket.getInputStream().readNBytes(message.length));
                }
            }));
        }
        echo(listener);
        for (var answer : answers)
            System.out.println(answer.get());
        pool.shutdown();
    }

    static void echo(ServerSocketChannel listener) throws Exception {
        var selector = Selector.open();
        listener.register(selector, SelectionKey.OP_ACCEPT);
        var buffer = ByteBuffer.allocate(4096);
        for (int left = CLIENTS; left > 0;) {
            selector.select();
            for (var key : selector.selectedKeys()) {
                if (key.channel() == listener) {
                    listener.accept().configureBlocking(false).register(selector, SelectionKey.OP_READ);
                    continue;
                }
                var channel = (SocketChannel) key.channel();
                if (channel.read(buffer.clear()) < 0) {
                    channel.close();
                    left--;
                } else {
                    for (buffer.flip(); buffer.hasRemaining();)
                        channel.write(buffer);
                }
            }
            selector.selectedKeys().clear();
        }
    }

    static void child() throws Exception {
        var process = new ProcessBuilder("sh", "-c", "cat; echo error >&2; exit 3").redirectErrorStream(true).start();
        try (var input = process.getOutputStream()) {
            input.write("piped\n".getBytes());
        }
        System.out.print(new String(process.getInputStream().readAllBytes()));
        System.out.println(process.waitFor());
    }
}
END
javac Program.java && java Program
