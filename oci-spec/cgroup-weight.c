/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroup-weight.h"

#include "cleanup.h"

/* log2 and 10^x for positive numbers of moderate size, to about 1e-15: not worth a second library at every start. */
static double log2_of(uint64_t n)
{
        double log2 = 0, x = (double) n, t, power, sum = 0;

        for (; x >= 1.4142135623730951; x /= 2)
                log2++;
        t = (x - 1) / (x + 1); /* ln x = 2 (t + t^3/3 + t^5/5 + …), |t| < 0.172 */
        power = t;
        for (int k = 1; k < 26; k += 2) {
                sum += power / k;
                power *= t * t;
        }
        return log2 + 2 * sum / 0.6931471805599453;
}

static double power_of_10(double x)
{
        double result = 1, sum = 1, term = 1;

        for (; x >= 1; x--)
                result *= 10;
        for (int k = 1; k < 30; k++) { /* e^(x ln 10), 0 <= x < 1 */
                term *= x * 2.302585092994046 / k;
                sum += term;
        }
        return result * sum;
}

/* The curve through (2, 1), (1024, 100) and (262144, 10000), which runc has since 1.3.2 and crun since 1.23:
 * weight = ceil(10^((l^2 + 125 l) / 612 - 7/34)), l = log2(shares).  The straight line that both had before gave the usual
 * 1024 a weight of 39, and so let every container yield to what the host runs beside it. */
uint64_t oci_cgroup_weight_of_shares(uint64_t shares)
{
        static const double rounding = 1e-9; /* an exact 100 must not become 101 */
        double l, exact;

        if (shares <= 2)
                return 1;
        if (shares >= 262144)
                return 10000;
        l = log2_of(shares);
        exact = power_of_10((l * l + 125 * l) / 612 - 7.0 / 34) - rounding;
        return (uint64_t) exact + 1;
}

uint64_t oci_cgroup_weight_of_blkio(uint64_t weight)
{
        return weight <= 10 ? 1 : MIN(1 + (weight - 10) * 9999 / 990, 10000);
}
