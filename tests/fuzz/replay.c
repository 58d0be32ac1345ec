/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a fuzz target over files, without a fuzzer: the corpus is part of the ordinary check.  With arguments: those files
 * and directories; without: the target's own corpus. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replay_file(const char *path)
{
        FILE *f = fopen(path, "re");
        uint8_t *data = NULL;
        long size;
        int ok;

        if (!f || fseek(f, 0, SEEK_END) < 0 || (size = ftell(f)) < 0 || fseek(f, 0, SEEK_SET) < 0) {
                perror(path);
                return 1;
        }
        /* Of the exact size, so that a sanitizer sees a read behind the end. */
        data = malloc((size_t) size + (size == 0));
        ok = data && fread(data, 1, (size_t) size, f) == (size_t) size;
        fclose(f);
        if (ok) {
                fprintf(stderr, "%s\n", path);
                LLVMFuzzerTestOneInput(data, (size_t) size);
        }
        free(data);
        return !ok;
}

static int replay(const char *path)
{
        DIR *dir = opendir(path);
        const struct dirent *entry;
        int failed = 0, files = 0;

        if (!dir)
                return replay_file(path);
        while ((entry = readdir(dir))) {
                char file[4096];

                if (entry->d_name[0] == '.')
                        continue;
                snprintf(file, sizeof file, "%s/%s", path, entry->d_name);
                failed |= replay_file(file);
                files++;
        }
        closedir(dir);
        if (files == 0)
                fprintf(stderr, "%s is empty\n", path);
        return failed || files == 0;
}

int main(int argc, char *argv[])
{
        int failed = 0;

        if (argc < 2)
                return replay(CORPUS);
        for (int i = 1; i < argc; i++)
                failed |= replay(argv[i]);
        return failed;
}
