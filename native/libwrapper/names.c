/*
 * Names of hosts. Their look-up may make calls in libraries beside libc, which are recorded as calls of their own. The
 * result that is recorded of gethostbyname is 0 or -1.
 */
#include "real.h"
#include "wrapper.h"

#include <netdb.h>

ST_EXPORT int getaddrinfo(const char *restrict name, const char *restrict service,
                          const struct addrinfo *restrict hints, struct addrinfo **restrict found) {
    struct st_call call;
    st_begin_caller(&call, ST_GETADDRINFO);
    int result = ST_ORIGINAL(getaddrinfo)(name, service, hints, found);
    st_end(&call, &(struct st_done){
                      .result = result,
                      .arg = {hints != NULL ? (uint64_t)hints->ai_family : AF_UNSPEC},
                      .error = result == EAI_SYSTEM ? errno : ST_NO_ERROR,
                      .path = name,
                  });
    return result;
}

ST_EXPORT int getnameinfo(const struct sockaddr *restrict address, socklen_t bytes, char *restrict host,
                          socklen_t host_room, char *restrict service, socklen_t service_room, int flags) {
    struct st_call call;
    st_begin_caller(&call, ST_GETNAMEINFO);
    int result = ST_ORIGINAL(getnameinfo)(address, bytes, host, host_room, service, service_room, flags);
    st_end(&call, &(struct st_done){
                      .result = result,
                      .arg = {result == 0 ? address->sa_family : AF_UNSPEC},
                      .error = result == EAI_SYSTEM ? errno : ST_NO_ERROR,
                      .path = result == 0 && host_room > 0 ? host : NULL,
                  });
    return result;
}

static void looked_up(struct st_call *call, const char *name, int family, bool found) {
    st_end(call,
           &(struct st_done){.result = found ? 0 : -1, .arg = {(uint64_t)family}, .error = ST_NO_ERROR, .path = name});
}

ST_EXPORT struct hostent *gethostbyname(const char *name) {
    struct st_call call;
    st_begin_caller(&call, ST_GETADDRINFO);
    struct hostent *host = ST_ORIGINAL(gethostbyname)(name);
    looked_up(&call, name, AF_INET, host != NULL);
    return host;
}

ST_EXPORT struct hostent *gethostbyname2(const char *name, int family) {
    struct st_call call;
    st_begin_caller(&call, ST_GETADDRINFO);
    struct hostent *host = ST_ORIGINAL(gethostbyname2)(name, family);
    looked_up(&call, name, family, host != NULL);
    return host;
}

ST_EXPORT int gethostbyname_r(const char *restrict name, struct hostent *restrict host, char *restrict buffer,
                              size_t room, struct hostent **restrict found, int *restrict error) {
    struct st_call call;
    st_begin_caller(&call, ST_GETADDRINFO);
    int result = ST_ORIGINAL(gethostbyname_r)(name, host, buffer, room, found, error);
    looked_up(&call, name, AF_INET, result == 0 && *found != NULL);
    return result;
}

ST_EXPORT int gethostbyname2_r(const char *restrict name, int family, struct hostent *restrict host,
                               char *restrict buffer, size_t room, struct hostent **restrict found,
                               int *restrict error) {
    struct st_call call;
    st_begin_caller(&call, ST_GETADDRINFO);
    int result = ST_ORIGINAL(gethostbyname2_r)(name, family, host, buffer, room, found, error);
    looked_up(&call, name, family, result == 0 && *found != NULL);
    return result;
}
