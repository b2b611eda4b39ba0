package privatepg

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/streamflow/streamflow/platform/problem"
)

// defaults suit a server that one person's work has to itself, on a laptop as well
// as on a build machine.
var defaults = map[string]string{ //nolint:gosec // password_encryption is a setting, not a password
	// The live tables of the largest built-in month fit; a laptop does not notice.
	"shared_buffers": "256MB",
	// Five services with pools of 16, replicas in tests, and a person's own tools.
	"max_connections": "200",
	// Less, and a month of a million rows forces checkpoints in its middle.
	"max_wal_size": "4GB",
	// Nobody reserved huge pages for us; what is reserved is somebody else's.
	"huge_pages": "off",
	// Statements here run once each: compiling them costs more than it saves.
	"jit":                 "off",
	"wal_compression":     "on",
	"password_encryption": "scram-sha-256",
	"timezone":            "UTC",
	"log_timezone":        "UTC",
	"datestyle":           "ISO, YMD",
	// Messages are matched and quoted, so they come in one language.
	"lc_messages":      "C",
	"log_min_messages": "warning",
	"log_line_prefix":  "%m [%p] ",
	"cluster_name":     "streamflow",
}

// fast gives up what protects from a crash of the machine, for tests. A crash of the
// server still loses nothing that was committed, or fault tests would prove nothing:
// so synchronous_commit stays on, which costs little once fsync is off.
var fast = map[string]string{
	"shared_buffers":   "128MB",
	"fsync":            "off",
	"full_page_writes": "off",
	"wal_compression":  "off",
}

var settingName = regexp.MustCompile(`^[a-zA-Z_][a-zA-Z0-9_.]*$`)

// configuration returns the text of postgresql.conf. What initdb found out about the
// machine comes first, in its own file, so that ours wins where both speak.
func configuration(l layout, o Options) (string, error) {
	all := maps.Clone(defaults)
	if o.Fast {
		maps.Copy(all, fast)
	}
	for name, value := range o.Settings {
		if !settingName.MatchString(name) || strings.ContainsAny(value, "\n\r\x00") {
			return "", problem.New(problem.InvalidRequest,
				"PostgreSQL setting %q = %q: expected a name of letters, digits, _ and . and a value of one line", name, value)
		}
		all[strings.ToLower(name)] = value
	}
	var b strings.Builder
	b.WriteString("# Written at every start; a change here is lost. ALTER SYSTEM stays.\n")
	fmt.Fprintf(&b, "include = %s\n", quoteSetting(l.pgdata()+"/postgresql.conf"))
	for _, name := range slices.Sorted(maps.Keys(all)) {
		fmt.Fprintf(&b, "%s = %s\n", name, quoteSetting(all[name]))
	}
	return b.String(), nil
}

// quoteSetting writes a value as postgresql.conf reads it: quotes doubled, and
// backslashes too, because there they escape.
func quoteSetting(v string) string {
	return "'" + strings.NewReplacer(`'`, `''`, `\`, `\\`).Replace(v) + "'"
}
