#include "connection.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

bool connection_send(int fd, struct message *message) {
    struct call call = truth_enter("send");
    message->sender = call.self;
    ssize_t count =
        send(fd, message, sizeof *message, MSG_NOSIGNAL); /* fits an empty send buffer: whole, or an error */
    truth_leave(call);
    return count == sizeof *message;
}

bool connection_receive(int fd, struct message *message, struct call *call) {
    *call = truth_enter("recv");
    ssize_t count = recv(fd, message, sizeof *message, MSG_WAITALL);
    bool whole = count == sizeof *message;
    if (whole)
        truth_leave_from(*call, message->sender);
    else
        truth_leave(*call);
    return whole;
}

void connection_close(int fd) {
    struct call call = truth_enter("close");
    close(fd);
    truth_leave(call);
}

static void exchange(int fd, struct address replica, struct message *message) {
    char name[ADDRESS_TEXT];
    address_text(replica, name);
    struct message answer;
    struct call call;
    if (!connection_send(fd, message))
        message_refuse(message, "cannot send to %s: %s", name, strerror(errno));
    else if (!connection_receive(fd, &answer, &call))
        message_refuse(message, "%s closed the connection without an answer", name);
    else if (!message_is_answer_to(&answer, message->request))
        message_refuse(message, "%s answered something else", name);
    else
        *message = answer;
}

bool connection_open(struct address replica, struct message *message, int *fd) {
    char name[ADDRESS_TEXT];
    address_text(replica, name);
    struct call call = truth_enter("socket");
    *fd = socket(AF_INET, SOCK_STREAM, 0);
    truth_leave(call);
    if (*fd < 0) {
        message_refuse(message, "cannot open a socket: %s", strerror(errno));
        return false;
    }
    struct sockaddr_in address = address_socket(replica);
    call = truth_enter("connect(%s)", name);
    message->connect = call.self;
    int result = connect(*fd, (struct sockaddr *)&address, sizeof address);
    truth_leave(call);
    if (result != 0)
        message_refuse(message, "cannot connect to %s: %s", name, strerror(errno));
    return result == 0;
}

void connection_ask(struct address replica, struct message *message) {
    int fd;
    if (connection_open(replica, message, &fd))
        exchange(fd, replica, message);
    if (fd >= 0)
        connection_close(fd);
}
