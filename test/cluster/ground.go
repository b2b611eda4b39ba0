package cluster

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/streamflow/streamflow/dataset/sample"
	"github.com/streamflow/streamflow/platform/privatepg"
	"github.com/streamflow/streamflow/test/extract"
)

// Ground is what the suites of a test's package stand on, one after another.
type Ground struct {
	// Server is a PostgreSQL of their own.
	Server *privatepg.Server
	// Bin is the folder of the services, built as they are released.
	Bin string
	// Data is the folder of the months of extracts.
	Data string
	dir  string
}

// NewGround builds the services, generates the months, and starts PostgreSQL. Close takes
// all of it away again.
func NewGround(name string, months sample.Options) (*Ground, error) {
	dir, err := os.MkdirTemp("", "sf-"+name+"-")
	if err != nil {
		return nil, err
	}
	g := &Ground{Bin: filepath.Join(dir, "bin"), Data: filepath.Join(dir, "data"), dir: dir}
	if err := g.prepare(months); err != nil {
		_ = os.RemoveAll(dir)
		return nil, err
	}
	return g, nil
}

func (g *Ground) prepare(months sample.Options) (err error) {
	if err := os.Chmod(g.dir, 0o755); err != nil { // PostgreSQL's user goes through it
		return err
	}
	for _, service := range Services {
		if err := build(service, filepath.Join(g.Bin, service+"d")); err != nil {
			return err
		}
	}
	if _, err := sample.Write(g.Data, months); err != nil {
		return err
	}
	g.Server, err = privatepg.Start(context.Background(), privatepg.Options{Dir: filepath.Join(g.dir, "postgres"), Fast: true})
	return err
}

// build builds a service from this checkout.
func build(service, program string) error {
	cmd := exec.CommandContext(context.Background(), "go", "build", "-o", program, "./cmd/"+service+"d")
	cmd.Dir = filepath.Join(extract.Root(), "services", service)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build %s: %w\n%s", service, err, out)
	}
	return nil
}

// Close stops the server and removes the folder.
func (g *Ground) Close() {
	_ = g.Server.Stop(context.Background())
	_ = os.RemoveAll(g.dir)
}
