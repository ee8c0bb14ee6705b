/* The manager's end of original.c: prints its port, then takes and forgets whatever is sent, until its input ends. */
#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static void *take(void *memory) {
    int fd = (int)(long)memory;
    char data[65536];
    while (read(fd, data, sizeof data) > 0)
        ;
    close(fd);
    return NULL;
}

/* A thread a connection, as the dissertation's manager. */
static void *serve(void *memory) {
    for (;;) {
        pthread_t thread;
        int fd = accept((int)(long)memory, NULL, NULL);
        if (fd >= 0 && pthread_create(&thread, NULL, take, (void *)(long)fd) == 0)
            pthread_detach(thread);
    }
    return NULL;
}

int main(void) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t bytes = sizeof address;
    pthread_t server;
    char end;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    if (bind(listener, (struct sockaddr *)&address, bytes) != 0 || listen(listener, 4096) != 0 ||
        getsockname(listener, (struct sockaddr *)&address, &bytes) != 0 ||
        pthread_create(&server, NULL, serve, (void *)(long)listener) != 0) {
        perror("collector");
        return 1;
    }
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);
    while (read(0, &end, 1) > 0)
        ;
    return 0;
}
