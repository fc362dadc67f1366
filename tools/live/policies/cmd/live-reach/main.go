// The program live-reach tries to reach the targets on its standard input, from wherever it runs: one JSON object
// {"host", "port", "protocol"} after the other, or lists of them. It prints a list of the same with an outcome each.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"time"

	"mlops-platform/live-policies/internal/reach"
)

func main() {
	limit := flag.Duration("limit", 3*time.Second, "how long to wait for an answer; the first repetition is sent after 1s")
	flag.Parse()
	if err := run(os.Stdin, os.Stdout, *limit); err != nil {
		fmt.Fprintln(os.Stderr, "live-reach:", err)
		os.Exit(1)
	}
}

func run(input io.Reader, output io.Writer, limit time.Duration) error {
	targets, err := read(input)
	if err != nil {
		return err
	}
	results, err := reach.All(context.Background(), targets, limit)
	if err != nil {
		return err
	}
	return json.NewEncoder(output).Encode(results)
}

func read(input io.Reader) ([]reach.Target, error) {
	var targets []reach.Target
	decoder := json.NewDecoder(input)
	for {
		var value json.RawMessage
		if err := decoder.Decode(&value); errors.Is(err, io.EOF) {
			return targets, nil
		} else if err != nil {
			return nil, err
		}
		var some []reach.Target
		if value[0] != '[' {
			value = append(append(json.RawMessage("["), value...), ']')
		}
		if err := json.Unmarshal(value, &some); err != nil {
			return nil, err
		}
		targets = append(targets, some...)
	}
}
