// Demo takes two generated months through the whole suite, as it is deployed: five
// service processes that meet over gRPC, on a private PostgreSQL, driven by sfctl.
// `make demo` builds everything and runs it. On a terminal the suite stays up for a
// look at its page until Ctrl-C; elsewhere, or with -once, it ends by itself.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/term"

	"github.com/streamflow/streamflow/platform/privatepg"
	"github.com/streamflow/streamflow/test/cluster"
)

type options struct {
	bin   string
	dir   string
	http  string
	users int
	once  bool
}

func main() {
	var o options
	flag.StringVar(&o.bin, "bin", ".build/bin", "folder of the built binaries")
	flag.StringVar(&o.dir, "dir", ".build/demo", "folder for the generated files and the services' logs")
	flag.StringVar(&o.http, "http", "127.0.0.1:8080", "address of REST and the page")
	flag.IntVar(&o.users, "users", 7043, "users in each month")
	flag.BoolVar(&o.once, "once", !term.IsTerminal(int(os.Stdout.Fd())), "end after the two months, do not stay up")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1) //nolint:gocritic // stop only restores the signals' default
	}
}

func run(ctx context.Context, o options) (err error) {
	begun := time.Now()
	o.bin, o.dir, err = absolute(o.bin, o.dir)
	if err != nil {
		return err
	}
	if err := fresh(o.dir); err != nil {
		return err
	}
	pg, remove, err := startPostgres(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, remove()) }()
	c, err := cluster.Start(ctx, cluster.Config{
		Bin: o.bin, OwnerURL: pg.URL(""), Dir: o.dir, SourceRoots: []string{o.dir}, HTTPListen: o.http, Tokens: true,
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.Stop(ctx)) }()
	say("The suite is up: five processes over gRPC, logs in %s", o.dir)
	if err := months(ctx, o, c); err != nil {
		return err
	}
	if err := train(ctx, o, pg, c); err != nil {
		return err
	}
	page := "http://" + c.HTTP() + "/"
	if err := look(ctx, page, c.Token()); err != nil {
		return err
	}
	say("Two months in %.1f s, the start of PostgreSQL and the services included.", time.Since(begun).Seconds())
	return stay(ctx, o, pg, c, page)
}

// months generates two months and takes them through the suite with sfctl.
func months(ctx context.Context, o options, c *cluster.Cluster) error {
	data := filepath.Join(o.dir, "data")
	steps := [][]string{
		{"sample", "--dir", data, "--months", "2", "--users", strconv.Itoa(o.users)},
		{"dataset", "apply", filepath.Join("dataset", "builtin", "streamflow", "dataset.yaml")},
		{"run", "start", "--as-of", "2024-01-31", "--source", filepath.Join(data, "month_000"), "--wait"},
		{"run", "start", "--as-of", "2024-02-29", "--source", filepath.Join(data, "month_001"), "--wait"},
		{"snapshot", "list"},
		{"run", "list"},
	}
	for _, args := range steps {
		if err := sfctl(ctx, o, c, args); err != nil {
			return err
		}
	}
	return nil
}

func sfctl(ctx context.Context, o options, c *cluster.Cluster, args []string) error {
	fmt.Printf("\n$ sfctl")
	for _, a := range args {
		fmt.Printf(" %s", shorten(a))
	}
	fmt.Println()
	cmd := exec.CommandContext(ctx, filepath.Join(o.bin, "sfctl"), args...)
	cmd.Env = append(os.Environ(), "SFCTL_SERVER="+c.Address(cluster.Gateway), "SF_TOKEN="+c.Token())
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("sfctl %s: %w; the services' logs are in %s", args[0], err, o.dir)
	}
	return nil
}

// shorten shows a path below the working directory as a person would type it.
func shorten(arg string) string {
	wd, err := os.Getwd()
	if err != nil || !filepath.IsAbs(arg) {
		return arg
	}
	if rel, err := filepath.Rel(wd, arg); err == nil && filepath.IsLocal(rel) {
		return rel
	}
	return arg
}

// look asks for the page as a browser would.
func look(ctx context.Context, page, token string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, page, nil)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+token)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("the page: %w", err)
	}
	defer func() { _ = resp.Body.Close() }()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil || resp.StatusCode != http.StatusOK {
		return fmt.Errorf("the page %s answers %s (%w)", page, resp.Status, err)
	}
	return nil
}

// stay keeps the suite up for a person.
func stay(ctx context.Context, o options, pg *privatepg.Server, c *cluster.Cluster, page string) error {
	if o.once {
		say("The page with the runs and the board of as_of dates was at %s and answered; `make demo` on a terminal keeps it up.", page)
		return nil
	}
	link, err := pageLink(ctx, o, c, page)
	if err != nil {
		return err
	}
	token := shorten(c.TokenFile())
	say("The page, once: %s", link)
	say("REST:     curl -H @%s %sv1/runs   OpenAPI: %sopenapi.json", token, page, page)
	say("sfctl:    SFCTL_SERVER=%s SF_TOKEN_FILE=%s %s run list", c.Address(cluster.Gateway), token, shorten(filepath.Join(o.bin, "sfctl")))
	say("psql:     psql '%s'", pg.URL(""))
	say("Ctrl-C ends it and removes its database.")
	<-ctx.Done()
	return nil
}

// pageLink has sfctl make a link by which a browser gets to the page.
func pageLink(ctx context.Context, o options, c *cluster.Cluster, page string) (string, error) {
	cmd := exec.CommandContext(ctx, filepath.Join(o.bin, "sfctl"), "auth", "link", "--quiet", "--page", page)
	cmd.Env = append(os.Environ(), "SFCTL_SERVER="+c.Address(cluster.Gateway), "SF_TOKEN="+c.Token())
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("make a link to the page: %w", err)
	}
	return strings.TrimSpace(string(out)), nil
}

func startPostgres(ctx context.Context) (*privatepg.Server, func() error, error) {
	// Not below the project: as root, PostgreSQL runs as a user who may not reach it.
	dir, err := os.MkdirTemp("", "streamflow-demo-")
	if err != nil {
		return nil, nil, err
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		return nil, nil, err
	}
	pg, err := privatepg.Start(ctx, privatepg.Options{Dir: dir})
	if err != nil {
		return nil, nil, errors.Join(err, os.RemoveAll(dir))
	}
	say("PostgreSQL %s is up, from %s", pg.Version(), pg.Bin())
	return pg, func() error {
		return errors.Join(pg.Stop(context.WithoutCancel(ctx)), os.RemoveAll(dir))
	}, nil
}

func absolute(bin, dir string) (absBin, absDir string, err error) {
	if absBin, err = filepath.Abs(bin); err != nil {
		return "", "", err
	}
	absDir, err = filepath.Abs(dir)
	return absBin, absDir, err
}

// fresh empties the demo's own folder.
func fresh(dir string) error {
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	return os.MkdirAll(dir, 0o750)
}

func say(format string, args ...any) { fmt.Printf("\n"+format+"\n", args...) }
