/* joined.c - the unit tests of a folder as one program: it runs the one that it is told (tests/CMakeLists.txt). */
#include <stdio.h>
#include <string.h>

#define JOINED(name, main_of_it) int main_of_it(void);
#include <joined.def>
#undef JOINED

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*run)(void);
	} tests[] = {
#define JOINED(name, main_of_it) {name, main_of_it},
#include <joined.def>
#undef JOINED
	};
	for (size_t i = 0; argc == 2 && i < sizeof tests / sizeof tests[0]; i++)
		if (strcmp(tests[i].name, argv[1]) == 0)
			return tests[i].run();
	fprintf(stderr, "%s: found %s, expected one of:\n", argv[0],
		argc == 2 ? argv[1] : "no name of a test");
	for (size_t i = 0; i < sizeof tests / sizeof tests[0]; i++)
		fprintf(stderr, "  %s\n", tests[i].name);
	return 2;
}
