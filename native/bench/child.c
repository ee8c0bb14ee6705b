/* The least program that is still dynamically linked. */
int main(void) {
    return 0;
}
