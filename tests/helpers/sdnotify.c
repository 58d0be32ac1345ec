/* SPDX-License-Identifier: Apache-2.0 */
/* sdnotify MESSAGE...: send each as one datagram to NOTIFY_SOCKET, as sd_notify(3) does.  Static: it runs in containers. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

int main(int argc, char **argv)
{
        const char *path = getenv("NOTIFY_SOCKET");
        struct sockaddr_un to = { .sun_family = AF_UNIX };
        int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

        if (!path || strlen(path) >= sizeof to.sun_path) {
                fputs("sdnotify: NOTIFY_SOCKET is not set\n", stderr);
                return EXIT_FAILURE;
        }
        memcpy(to.sun_path, path, strlen(path));
        for (int i = 1; i < argc; i++)
                if (sendto(fd, argv[i], strlen(argv[i]), 0, (const struct sockaddr *) &to, sizeof to) < 0) {
                        perror("sdnotify: sendto");
                        return EXIT_FAILURE;
                }
        return EXIT_SUCCESS;
}
