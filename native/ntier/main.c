/* n-Tier, the application by which S-Trace is evaluated (dissertation, section 6.1.1). */
#include <stdio.h>
#include <string.h>

#include "client.h"
#include "fail.h"
#include "options.h"
#include "replica.h"

int main(int count, char **arguments) {
    const char *command = count > 1 ? arguments[1] : "";
    if (strcmp(command, "replica") == 0) {
        struct replica_options options = options_replica(arguments + 2);
        return replica_run(&options);
    }
    if (strcmp(command, "client") == 0) {
        struct client_options options = options_client(arguments + 2);
        return client_run(&options);
    }
    if (strcmp(command, "--help") == 0) {
        fputs(options_usage, stdout);
        return 0;
    }
    fail_usage("the first argument must be replica or client (see ntier --help)");
}
