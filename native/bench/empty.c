/* The empty preload library: what any library costs at the start of a program. */
extern int st_bench_empty;
int st_bench_empty;
