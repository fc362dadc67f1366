package enforce

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"

	"mlops-platform/live-policies/internal/rules"
)

// Table is the table of the network namespace that this program runs in.
type Table struct{ nft string }

// Find looks for nft where Debian puts it, too.
func Find() (Table, error) {
	for _, candidate := range []string{"nft", "/usr/sbin/nft"} {
		if path, err := exec.LookPath(candidate); err == nil {
			return Table{path}, nil
		}
	}
	return Table{}, errors.New("nft is not installed: tools/toolchain/ensure nft")
}

// Exists tells whether the table is there, from an earlier run.
func (t Table) Exists(ctx context.Context) (bool, error) {
	tables, err := t.run(ctx, "", "list", "tables", "inet")
	return strings.Contains(tables+"\n", "table inet "+rules.Table+"\n"), err
}

// Replace is one transaction: packets see the old rules or the new ones.
func (t Table) Replace(ctx context.Context, script string) error {
	_, err := t.run(ctx, script, "-f", "-")
	return err
}

func (t Table) run(ctx context.Context, input string, args ...string) (string, error) {
	command := exec.CommandContext(ctx, t.nft, args...)
	command.Stdin = strings.NewReader(input)
	command.Env = append(os.Environ(), "LC_ALL=C")
	var stdout, stderr strings.Builder
	command.Stdout, command.Stderr = &stdout, &stderr
	if err := command.Run(); err != nil {
		return "", fmt.Errorf("nft %s: %w: %s", strings.Join(args, " "), err, firstLines(stderr.String()))
	}
	return stdout.String(), nil
}

func firstLines(text string) string {
	const enough = 400
	text = strings.TrimSpace(text)
	return text[:min(len(text), enough)]
}
