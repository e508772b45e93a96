// compose_check FILE [PROFILE...] loads a compose file as `docker compose` does, with the profiles on, and says
// what is wrong with it: unknown keys, unknown services in depends_on, missing variables.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/compose-spec/compose-go/v2/cli"
)

func check(file string, profiles []string) error {
	options, err := cli.NewProjectOptions([]string{file}, cli.WithOsEnv, cli.WithProfiles(profiles), cli.WithDotEnv)
	if err != nil {
		return err
	}
	_, err = options.LoadProject(context.Background())
	return err
}

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: compose_check FILE [PROFILE...]")
		os.Exit(2)
	}
	if err := check(os.Args[1], os.Args[2:]); err != nil {
		fmt.Fprintf(os.Stderr, "compose_check: %v\n", err)
		os.Exit(1)
	}
}
