/* SPDX-License-Identifier: Apache-2.0 */
/* sys/netdev.c and sys/rtnl.c, in two network namespaces of our own.  Devices are made with ip(8). */
#include "sandbox.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "netdev.h"
#include "str.h"

static bool is_up(const char *name)
{
        struct ifreq req = { 0 };
        int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), r;

        snprintf(req.ifr_name, sizeof req.ifr_name, "%s", name);
        r = ioctl(fd, SIOCGIFFLAGS, &req);
        close(fd);
        return r == 0 && (req.ifr_flags & IFF_UP);
}

static bool exists(const char *name) { return if_nametoindex(name) > 0; }

static bool has_address(const char *device, const char *address)
{
        struct ifaddrs *list;
        bool found = false;

        CHECK(getifaddrs(&list) == 0);
        for (struct ifaddrs *a = list; a; a = a->ifa_next) {
                char text[INET6_ADDRSTRLEN] = "";
                int family = a->ifa_addr ? a->ifa_addr->sa_family : 0;

                if (strcmp(a->ifa_name, device) != 0 || (family != AF_INET && family != AF_INET6))
                        continue;
                inet_ntop(family, family == AF_INET ? (void *) &((struct sockaddr_in *) (void *) a->ifa_addr)->sin_addr :
                                                      (void *) &((struct sockaddr_in6 *) (void *) a->ifa_addr)->sin6_addr, text, sizeof text);
                found |= strcmp(text, address) == 0;
        }
        freeifaddrs(list);
        return found;
}

static void run(const char *command) { CHECK(system(command) == 0); }

static int open_net(void)
{
        int fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);

        CHECK(fd >= 0);
        return fd;
}

static int host_fd, there_fd;
static void go(int fd) { CHECK(setns(fd, CLONE_NEWNET) == 0); }

/* The "host" has veth0, up and with addresses, and veth1; we are in it. */
static void make_namespaces(void)
{
        CHECK(unshare(CLONE_NEWNET) == 0);
        there_fd = open_net();
        CHECK(unshare(CLONE_NEWNET) == 0);
        host_fd = open_net();
        run("ip link add veth0 type veth peer name veth1 && ip link set veth0 up &&"
            "ip addr add 10.1.2.3/24 broadcast 10.1.2.255 dev veth0 && ip addr add 10.1.2.4/24 dev veth0 label veth0:a &&"
            "ip addr add fd00::5/64 dev veth0 nodad && ip addr add 169.254.9.9/16 dev veth0 scope link");
}

static void loopback_comes_up(void)
{
        struct err e = ERR_INIT;

        CHECK(unshare(CLONE_NEWNET) == 0);
        CHECK(!is_up("lo"));
        CHECK_OK(sys_loopback_up(&e), &e);
        CHECK(is_up("lo") && has_address("lo", "127.0.0.1"));
}

static void a_device_moves_with_its_addresses(void)
{
        struct err e = ERR_INIT;
        struct sys_netdev *dev;

        make_namespaces();
        CHECK_OK(sys_netdev_move(there_fd, "veth0", "inside", &dev, &e), &e);
        CHECK(!exists("veth0") && exists("veth1"));
        CHECK(streq(dev->host_name, "veth0") && streq(dev->name, "inside") && dev->was_up);
        go(there_fd);
        CHECK(is_up("inside"));
        CHECK(has_address("inside", "10.1.2.3") && has_address("inside", "fd00::5"));
        CHECK(has_address("inside:a", "10.1.2.4"));
        CHECK(!has_address("inside", "169.254.9.9")); /* not of global scope */
        go(host_fd);

        CHECK_OK(sys_netdev_move_back(dev, &e), &e);
        CHECK(is_up("veth0") && has_address("veth0", "10.1.2.3") && has_address("veth0:a", "10.1.2.4") && has_address("veth0", "fd00::5"));
        go(there_fd);
        CHECK(!exists("inside"));
        sys_netdev_free(dev);
}

static void a_template_is_filled_in(void)
{
        struct err e = ERR_INIT;
        struct sys_netdev *first, *second;

        make_namespaces();
        CHECK_OK(sys_netdev_move(there_fd, "veth0", "eth%d", &first, &e), &e);
        CHECK_OK(sys_netdev_move(there_fd, "veth1", "eth%d", &second, &e), &e);
        CHECK(streq(first->name, "eth0") && streq(second->name, "eth1"));
        CHECK(!second->was_up && second->n_addresses == 0);
        go(there_fd);
        CHECK(is_up("eth0") && is_up("eth1") && has_address("eth0", "10.1.2.3"));
}

static void a_taken_name_is_an_error(void)
{
        struct err e = ERR_INIT;
        struct sys_netdev *dev;

        make_namespaces();
        go(there_fd);
        run("ip link add taken type veth peer name other");
        go(host_fd);
        CHECK(sys_netdev_move(there_fd, "veth0", "taken", &dev, &e) == -EEXIST);
        CHECK(streq(e.text, "cannot move network device 'veth0' to the container: it has a device 'taken': File exists (EEXIST)"));
        CHECK(exists("veth0") && is_up("veth0") && has_address("veth0", "10.1.2.3"));
}

/* The current name is taken there, the new one is not. */
static void the_old_name_may_be_taken(void)
{
        struct err e = ERR_INIT;
        struct sys_netdev *dev;

        make_namespaces();
        go(there_fd);
        run("ip link add veth0 type veth peer name other");
        go(host_fd);
        CHECK_OK(sys_netdev_move(there_fd, "veth0", "inside", &dev, &e), &e);
        go(there_fd);
        CHECK(exists("veth0") && is_up("inside") && has_address("inside", "10.1.2.3"));
}

static void what_cannot_move_is_said(void)
{
        struct err e = ERR_INIT;
        struct sys_netdev *dev;

        make_namespaces();
        CHECK(sys_netdev_move(there_fd, "nosuch", "x", &dev, &e) == -ENODEV);
        CHECK(streq(e.text, "there is no network device 'nosuch' to move: No such device (ENODEV)"));
        run("ip link add br7 type bridge");
        CHECK(sys_netdev_move(there_fd, "br7", "x", &dev, &e) == -EINVAL);
        CHECK(streq(e.text, "cannot move network device 'br7' to the container as 'x': Invalid argument (EINVAL)"));
        CHECK(exists("br7"));
}

#define SANDBOXED(name)                                                                                                \
        static void test_##name(void **state _unused_)                                                                 \
        {                                                                                                              \
                if (system("command -v ip >/dev/null") != 0) {                                                         \
                        print_message("skipped: no ip(8)\n");                                                          \
                        skip();                                                                                        \
                }                                                                                                      \
                assert_int_equal(in_sandbox(name), 0);                                                                 \
        }
SANDBOXED(loopback_comes_up)
SANDBOXED(a_device_moves_with_its_addresses)
SANDBOXED(a_template_is_filled_in)
SANDBOXED(a_taken_name_is_an_error)
SANDBOXED(the_old_name_may_be_taken)
SANDBOXED(what_cannot_move_is_said)

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_loopback_comes_up),
                cmocka_unit_test(test_a_device_moves_with_its_addresses),
                cmocka_unit_test(test_a_template_is_filled_in),
                cmocka_unit_test(test_a_taken_name_is_an_error),
                cmocka_unit_test(test_the_old_name_may_be_taken),
                cmocka_unit_test(test_what_cannot_move_is_said),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
