package command

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/streamflow/streamflow/clients/sfctl/devsuite"
	"github.com/streamflow/streamflow/clients/sfctl/internal/printer"
)

// place is where the parts of a suite are, as programs read it.
type place struct {
	Server string `json:"server"`
	Page   string `json:"page"`
	// Login lets a browser in, once; TokenFile is what sfctl and curl call with. Both are
	// empty where nobody is asked for a token.
	Login     string `json:"login,omitempty"`
	TokenFile string `json:"token_file,omitempty"`
	// CA is the file of the CA where both speak TLS.
	CA          string   `json:"tls_ca,omitempty"`
	Data        string   `json:"data"`
	SourceRoots []string `json:"source_roots"`
	Postgres    string   `json:"postgres_version"`
	Port        int      `json:"postgres_port"`
	Psql        string   `json:"psql"`
}

// whereabouts prints where the parts of the suite are.
func (a *app) whereabouts(ctx context.Context, cfg devsuite.Config, s *devsuite.Suite, took time.Duration) error {
	p := place{
		Server: devsuite.Callable(s.GRPCAddr()), Page: s.Page() + "/", Data: cfg.DataDir, SourceRoots: cfg.SourceRoots,
		Postgres: s.Postgres().Version(), Port: s.Postgres().Port(), Psql: psql(cfg.DataDir, s),
	}
	if cfg.TLS {
		p.CA = devsuite.CAFile(cfg.DataDir)
	}
	if cfg.Auth != devsuite.AuthNone {
		var err error
		if p.Login, err = s.Link(ctx); err != nil {
			return err
		}
		p.TokenFile = devsuite.TokenFile(cfg.DataDir)
	}
	return a.showPlace(p, took)
}

func (a *app) showPlace(p place, took time.Duration) error {
	return a.emitValue(p, []string{p.Server}, func(w io.Writer) error { return a.placeTable(w, p, took) })
}

func (a *app) placeTable(w io.Writer, p place, took time.Duration) error {
	server, flag := p.Server, a.serverFlag(p.Server)
	if flag != "" {
		server += "   (sfctl" + flag + ", or SFCTL_SERVER)"
	}
	var out strings.Builder
	fmt.Fprintf(&out, "%s after %s\n", a.style().Good("StreamFlow is ready"), printer.Took(took))
	for _, row := range [][2]string{
		{"page and REST", p.Page},
		{"page, once", p.Login},
		{"server", server},
		{"token", a.tokenWords(p)},
		{"TLS by", a.caWords(p)},
		{"data", p.Data},
		{"files from", from(p.SourceRoots)},
		{"PostgreSQL", fmt.Sprintf("%s on port %d", p.Postgres, p.Port)},
		{"psql", p.Psql},
	} {
		if row[1] != "" {
			fmt.Fprintf(&out, "  %-13s  %s\n", row[0], row[1])
		}
	}
	_, err := io.WriteString(w, out.String())
	a.note("Ctrl-C stops all of it. %s", tryWith(p.SourceRoots, flag+a.tokenFlag(p)))
	return err
}

// tryWith says what to try first: files that lie where runs may read them.
func tryWith(roots []string, flags string) string {
	if len(roots) == 0 {
		return "No run may read files; start it with --root for the folder that they lie in"
	}
	dir := "./data"
	if here, err := filepath.Abs(dir); err != nil || !slices.ContainsFunc(roots, func(root string) bool { return under(root, here) }) {
		dir = filepath.Join(roots[0], "data")
	}
	return fmt.Sprintf("Try: sfctl sample --dir %s, then sfctl run start --as-of 2024-01-31 --source %s%s", quote(dir), quote(dir+"/month_000"), flags)
}

// under says whether a path that need not be there lies under a root, which is there, by its
// name and where its parents' links lead.
func under(root, path string) bool {
	if led, err := filepath.EvalSymlinks(root); err == nil {
		root = led
	}
	if led, err := filepath.EvalSymlinks(path); err == nil {
		path = led
	} else if led, err := filepath.EvalSymlinks(filepath.Dir(path)); err == nil {
		path = filepath.Join(led, filepath.Base(path))
	}
	rel, err := filepath.Rel(root, path)
	return err == nil && filepath.IsLocal(rel)
}

// tokenWords says where the token is, and, where sfctl does not find it by itself, how it is
// told.
func (a *app) tokenWords(p place) string {
	if a.tokenFlag(p) == "" {
		return p.TokenFile
	}
	return p.TokenFile + "   (sfctl --token-file, or SF_TOKEN_FILE)"
}

// caWords says whose word is taken for the suite, and, where sfctl does not find it by itself,
// how it is told.
func (a *app) caWords(p place) string {
	switch {
	case p.CA == "":
		return ""
	case p.TokenFile == "":
		return p.CA + "   (sfctl --tls-ca, curl --cacert)"
	default:
		return p.CA + "   (curl --cacert)"
	}
}

// tokenFlag is what sfctl has to be called with to find the token; empty where it finds it by
// itself, or needs none.
func (a *app) tokenFlag(p place) string {
	if p.TokenFile == "" || filepath.Dir(filepath.Dir(p.TokenFile)) == dataDir(a.proc.Env, os.Geteuid()) {
		return ""
	}
	return " --token-file " + quote(p.TokenFile)
}

// from lists the folders that files may come from.
func from(roots []string) string {
	if len(roots) == 0 {
		return "nowhere (--root)"
	}
	return strings.Join(roots, ", ")
}

// psql is the command that looks into the database; the password stays in its file.
func psql(dataDir string, s *devsuite.Suite) string {
	program := filepath.Join(s.Postgres().Bin(), "psql")
	if _, err := os.Stat(program); err != nil {
		program = "psql" // the npm package has none
	}
	return fmt.Sprintf("PGPASSFILE=%s %s -h 127.0.0.1 -p %d -U postgres %s",
		quote(devsuite.Pgpass(dataDir)), quote(program), s.Postgres().Port(), devsuite.Database)
}

// quote makes a path one word of a shell.
func quote(path string) string {
	if !strings.ContainsAny(path, " '\"\\$`&|;<>()*?[]{}~!#\t") {
		return path
	}
	return "'" + strings.ReplaceAll(path, "'", `'\''`) + "'"
}
