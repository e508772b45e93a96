// dockerfile_check FILE runs BuildKit's own linter, that of `docker build --check`, over a Dockerfile.
package main

import (
	"bytes"
	"fmt"
	"os"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/linter"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
)

func check(file string) (int, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return 0, err
	}
	parsed, err := parser.Parse(bytes.NewReader(text))
	if err != nil {
		return 0, err
	}
	findings := 0
	warn := func(rule, description, url, message string, location []parser.Range) {
		findings++
		line := 0
		if len(location) > 0 {
			line = location[0].Start.Line
		}
		fmt.Printf("%s:%d: %s: %s\n", file, line, rule, message)
	}
	for _, warning := range parsed.Warnings {
		warn("Parser", "", "", warning.Short, []parser.Range{*warning.Location})
	}
	_, _, err = instructions.Parse(parsed.AST, linter.New(&linter.Config{Warn: warn}))
	return findings, err
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: dockerfile_check FILE")
		os.Exit(2)
	}
	findings, err := check(os.Args[1])
	if err != nil {
		fmt.Fprintf(os.Stderr, "dockerfile_check: %v\n", err)
		os.Exit(1)
	}
	if findings > 0 {
		os.Exit(1)
	}
}
