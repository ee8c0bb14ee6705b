<%--
The work of the Tomcat stacks: two statements, if there is a database, and always the same answer. It keeps its ground truth
(the package's docstring) in memory and writes it when Tomcat ends.
--%><%@ page session="false" trimDirectiveWhitespaces="true" contentType="text/plain"
    import="java.lang.reflect.Field, java.net.Socket, java.nio.file.*, java.sql.*, java.time.Instant, java.util.Queue,
    java.util.concurrent.ConcurrentLinkedQueue, org.apache.tomcat.dbcp.dbcp2.*, org.apache.tomcat.util.net.SocketWrapperBase" %><%!
static final String DATABASE = System.getProperty("work.database", ""), HOST = System.getProperty("work.host");
static final Queue<String> truth = new ConcurrentLinkedQueue<>();
static final BasicDataSource pool = Boolean.getBoolean("work.pooled") ? pool() : null;
static final ThreadLocal<Integer> tid = ThreadLocal.withInitial(() -> {
    try {
        return Integer.parseInt(Paths.get("/proc/thread-self").toRealPath().getFileName().toString());
    } catch (java.io.IOException e) {
        throw new java.io.UncheckedIOException(e);
    }
});

static String url() {
    return "jdbc:mariadb://" + DATABASE + "/work?user=work&password=work";
}

static BasicDataSource pool() {
    BasicDataSource pool = new BasicDataSource();
    pool.setDriverClassName("org.mariadb.jdbc.Driver");
    pool.setUrl(url());
    pool.setMaxTotal(8);
    pool.setTestOnBorrow(false);
    pool.setAccessToUnderlyingConnectionAllowed(true);
    return pool;
}

static long now() {
    Instant now = Instant.now();
    return now.getEpochSecond() * 1_000_000_000L + now.getNano();
}

/* What the tier was asked on: the connector's own socket, because AJP says of the request where the browser is. */
static SocketWrapperBase<?> socketOf(Object request) throws ReflectiveOperationException {
    Object inner = field(Class.forName("org.apache.catalina.connector.RequestFacade"), request, "request");
    Object coyote = inner.getClass().getMethod("getCoyoteRequest").invoke(inner);
    Object processor = field(Class.forName("org.apache.coyote.Request"), coyote, "hook");
    return (SocketWrapperBase<?>) field(Class.forName("org.apache.coyote.AbstractProcessor"), processor, "socketWrapper");
}

static Object field(Class<?> owner, Object object, String name) throws ReflectiveOperationException {
    Field field = owner.getDeclaredField(name);
    field.setAccessible(true);
    return field.get(object);
}

static String end(String local, String peer, long enter, long exit) {
    return String.format("{\"local\":\"%s\",\"peer\":\"%s\",\"enterNs\":%d,\"exitNs\":%d}", local, peer, enter, exit);
}

static String ask(Connection connection, String sql, String local) throws SQLException {
    try (Statement statement = connection.createStatement()) {
        long enter = now();
        try (ResultSet found = statement.executeQuery(sql)) {
            return end(local, DATABASE, enter, now());
        }
    }
}

/* The driver's own socket: it does not tell its port. */
static String localOf(Connection connection) throws ReflectiveOperationException {
    Object protocol = field(Class.forName("org.mariadb.jdbc.MariaDbConnection"), connection, "protocol");
    Socket socket = (Socket) field(Class.forName("org.mariadb.jdbc.internal.protocol.AbstractConnectProtocol"), protocol, "socket");
    return socket.getLocalAddress().getHostAddress() + ":" + socket.getLocalPort();
}

static String askDatabase(String id) throws Exception {
    try (Connection connection = pool != null ? pool.getConnection() : DriverManager.getConnection(url())) {
        String local = localOf(pool != null ? ((DelegatingConnection<?>) connection).getInnermostDelegate() : connection);
        String visit = String.format("{\"id\":\"%s\",\"tier\":\"mariadb\",\"host\":\"h13\",\"in\":{\"local\":\"%s\",\"peer\":\"%s\"}}",
            id, DATABASE, local);
        truth.add(visit);
        truth.add(visit);
        return ask(connection, "SELECT id, name FROM item WHERE id = 17", local) + ","
            + ask(connection, "SELECT COUNT(*), MAX(name) FROM item", local);
    }
}

public void jspDestroy() {
    try {
        Files.write(Paths.get(System.getProperty("work.truth")), truth);
    } catch (java.io.IOException e) {
        throw new java.io.UncheckedIOException(e);
    }
}
%><%
long enter = now();
String id = request.getHeader("X-Eval-Id"), asked = DATABASE.isEmpty() ? "" : askDatabase(id);
SocketWrapperBase<?> socket = socketOf(request);
truth.add(String.format("{\"id\":\"%s\",\"tier\":\"tomcat\",\"host\":\"%s\",\"pid\":%d,\"tid\":%d,\"in\":%s,\"out\":[%s]}",
    id, HOST, ProcessHandle.current().pid(), tid.get(),
    end(socket.getLocalAddr() + ":" + socket.getLocalPort(), socket.getRemoteAddr() + ":" + socket.getRemotePort(), enter, now()),
    asked));
%>done
