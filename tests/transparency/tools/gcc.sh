# A parallel make of a small program, optimised at link time; the program is the same to the byte.
for i in $(seq 12); do
    echo "int f$i(int x) { return x * $i; }" > "f$i.c"
done
cat > main.c << 'END'
#include <stdio.h>
int f1(int), f12(int);
int main(void) { return printf("%d\n", f1(7) + f12(7)) < 0; }
END
cat > Makefile << 'END'
CFLAGS = -O2 -pipe -flto=2
program: main.o $(patsubst %,f%.o,1 2 3 4 5 6 7 8 9 10 11 12)
	$(CC) $(CFLAGS) -o $@ $^
END
make -sj4 && ./program && cksum program
