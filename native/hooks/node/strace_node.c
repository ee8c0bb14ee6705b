/*
 * strace_node.node: the bridge from strace-node.js to libwrapper.so. Exports set(context) and declare(fd, bytes,
 * context); nothing at all in a process that does not run under libwrapper.
 */
#include <dlfcn.h>
#include <stddef.h>
#include <stdint.h>

/* What is used of Node-API, version 1; its binary interface is stable, and declared here the build needs no headers. */
typedef struct napi_env__ *napi_env;
typedef struct napi_value__ *napi_value;
typedef struct napi_callback_info__ *napi_callback_info;
typedef napi_value (*napi_callback)(napi_env, napi_callback_info);
int napi_create_function(napi_env, const char *name, size_t length, napi_callback, void *data, napi_value *result);
int napi_set_named_property(napi_env, napi_value object, const char *name, napi_value value);
int napi_get_cb_info(napi_env, napi_callback_info, size_t *count, napi_value *values, napi_value *self, void **data);
int napi_get_value_int64(napi_env, napi_value, int64_t *result); /* of what is no number, nothing */

#define EXPORT __attribute__((visibility("default")))

static void (*set_context)(uint64_t context);
static void (*declare_bytes)(int fd, uint64_t bytes, uint64_t context);

static napi_value set(napi_env env, napi_callback_info info) {
    napi_value value;
    size_t count = 1;
    int64_t context = 0;
    napi_get_cb_info(env, info, &count, &value, NULL, NULL);
    napi_get_value_int64(env, value, &context);
    set_context((uint64_t)context);
    return NULL;
}

static napi_value declare(napi_env env, napi_callback_info info) {
    napi_value values[3];
    size_t count = 3;
    int64_t numbers[3] = {-1, 0, 0};
    napi_get_cb_info(env, info, &count, values, NULL, NULL);
    for (int i = 0; i < 3; i++)
        napi_get_value_int64(env, values[i], &numbers[i]);
    declare_bytes((int)numbers[0], (uint64_t)numbers[1], (uint64_t)numbers[2]);
    return NULL;
}

static void export(napi_env env, napi_value exports, const char *name, napi_callback callback) {
    napi_value function;
    if (napi_create_function(env, name, SIZE_MAX, callback, NULL, &function) == 0)
        napi_set_named_property(env, exports, name, function);
}

/* Once in every thread that loads it (worker_threads). */
EXPORT napi_value napi_register_module_v1(napi_env env, napi_value exports) {
    set_context = (void (*)(uint64_t))dlsym(RTLD_DEFAULT, "strace_set_context");
    declare_bytes = (void (*)(int, uint64_t, uint64_t))dlsym(RTLD_DEFAULT, "strace_declare_bytes");
    if (set_context != NULL && declare_bytes != NULL) {
        export(env, exports, "set", set);
        export(env, exports, "declare", declare);
    }
    return exports;
}
