/* SPDX-License-Identifier: Apache-2.0 */
#include "proto.h"

#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "sys/interrupt.h"

static const struct proto_row {
        const char *name;
        unsigned from, to;
        size_t size;
} rows[] = {
#define X(id, name, from, to, size) [MSG_##id] = { name, from, to, size },
        PROTO_MESSAGES(X)
#undef X
};

const char *proto_name(enum proto_message message)
{
        return (unsigned) message < MSG_COUNT ? rows[message].name : "unknown message";
}

/* Room for one fd, aligned as the kernel wants it. */
union proto_control {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(sizeof(int))];
};

int proto_send(int sock_fd, enum proto_side self, enum proto_message message, const void *payload, int fd)
{
        const struct proto_row *row = &rows[message];
        uint32_t head = message;
        struct iovec parts[2] = { { &head, sizeof head }, { (void *) payload, row->size } };
        union proto_control control = { 0 };
        struct msghdr msg = { .msg_iov = parts, .msg_iovlen = row->size ? 2 : 1 };

        if (!(row->from & self))
                return -EPROTO;
        if (fd >= 0) {
                struct cmsghdr *cmsg = &control.align;

                cmsg->cmsg_level = SOL_SOCKET;
                cmsg->cmsg_type = SCM_RIGHTS;
                cmsg->cmsg_len = CMSG_LEN(sizeof fd);
                memcpy(CMSG_DATA(cmsg), &fd, sizeof fd);
                msg.msg_control = control.bytes;
                msg.msg_controllen = sizeof control.bytes;
        }
        while (sendmsg(sock_fd, &msg, MSG_NOSIGNAL) < 0)
                if (errno != EINTR)
                        return errno == ECONNRESET ? -EPIPE : -errno;
        return 0;
}

static int take_fd(struct msghdr *msg)
{
        struct cmsghdr *cmsg = CMSG_FIRSTHDR(msg);
        int fd = -EBADF;

        if (cmsg && cmsg->cmsg_level == SOL_SOCKET && cmsg->cmsg_type == SCM_RIGHTS && cmsg->cmsg_len == CMSG_LEN(sizeof fd))
                memcpy(&fd, CMSG_DATA(cmsg), sizeof fd);
        return fd;
}

static bool is_permitted(enum proto_side self, const struct proto_packet *packet, ssize_t len)
{
        const size_t head = offsetof(struct proto_packet, u);
        const struct proto_row *row;

        if ((size_t) len < sizeof packet->message || packet->message >= MSG_COUNT)
                return false;
        row = &rows[packet->message];
        if (!(row->to & self))
                return false;
        return row->size ? (size_t) len == head + row->size : (size_t) len == sizeof packet->message;
}

int proto_receive(int sock_fd, enum proto_side self, struct proto_packet *packet, int *ret_fd)
{
        /* The payload follows the head at once on the wire, and the union needs no padding before it. */
        _Static_assert(offsetof(struct proto_packet, u) == sizeof(uint32_t), "packet has padding");
        struct iovec whole = { packet, sizeof *packet };
        union proto_control control;
        struct msghdr msg = {
                .msg_iov = &whole,
                .msg_iovlen = 1,
                .msg_control = control.bytes,
                .msg_controllen = sizeof control.bytes,
        };
        _cleanup_close_ int fd = -EBADF;
        ssize_t n;

        /* A peer that ends with a message of ours unread resets the connection.  That is told once, and before what the peer
         * itself has sent: its last word is still there. */
        do
                n = recvmsg(sock_fd, &msg, MSG_CMSG_CLOEXEC);
        while (n < 0 && (errno == EINTR || errno == ECONNRESET));
        if (n == 0)
                return 0;
        if (n < 0)
                return -errno;
        fd = take_fd(&msg);
        if ((msg.msg_flags & MSG_TRUNC) || !is_permitted(self, packet, n) || (fd >= 0 && !ret_fd))
                return -EPROTO;
        if (packet->message == MSG_WARNING)
                packet->u.text[PROTO_TEXT_BYTES - 1] = '\0';
        if (ret_fd)
                *ret_fd = TAKE_FD(fd);
        return 1;
}

/* The texts of an error come from a process that hostile code may have reached: make each end. */
static int adopt_error(const struct err *sent, struct err *e)
{
        *e = *sent;
        e->text[sizeof e->text - 1] = '\0';
        e->file[sizeof e->file - 1] = '\0';
        e->pointer[sizeof e->pointer - 1] = '\0';
        e->step_name[sizeof e->step_name - 1] = '\0';
        e->context[sizeof e->context - 1] = '\0';
        e->call[sizeof e->call - 1] = '\0';
        e->kernel[sizeof e->kernel - 1] = '\0';
        e->hint[sizeof e->hint - 1] = '\0';
        e->undone[sizeof e->undone - 1] = '\0';
        e->output[sizeof e->output - 1] = '\0';
        return e->num > 0 ? -e->num : -EPROTO;
}

static int tell_interrupted(const struct sys_interrupt *interrupt, enum proto_message expected, struct err *e)
{
        char sig[16];

        return err_set(e, ERR_HOST, EINTR, "%s ended the runtime while it waited for message '%s' of the container's init",
                       sys_signal_text(interrupt->sig, sig), proto_name(expected));
}

int proto_expect(int sock_fd, enum proto_side self, enum proto_message expected, struct proto_packet *packet, int *ret_fd,
                 const struct proto_listener *listener, struct err *e)
{
        for (;;) {
                int r = sys_interrupt_wait(listener ? listener->interrupt : NULL, sock_fd);

                if (r < 0)
                        return tell_interrupted(listener->interrupt, expected, e);
                r = proto_receive(sock_fd, self, packet, ret_fd);
                if (r == 0)
                        return -EPIPE;
                if (r < 0)
                        return err_set(e, ERR_INTERNAL, -r, "waited for message '%s' and could not understand what came: %s (%s)",
                                       proto_name(expected), errno_text(-r), errno_name(-r));
                if (packet->message == MSG_ERROR)
                        return adopt_error(&packet->u.err, e);
                if (packet->message == (uint32_t) expected)
                        return 0;
                if (packet->message != MSG_WARNING)
                        return err_set(e, ERR_INTERNAL, EPROTO, "waited for message '%s' and got '%s'",
                                       proto_name(expected), proto_name(packet->message));
                if (listener && listener->warn)
                        listener->warn(listener->arg, packet->u.text);
        }
}
