package snapshot_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/dataset/builtin"
)

// page returns the fenced block of docs/reference/content-hash.md that is marked so.
func page(t *testing.T, mark string) string {
	t.Helper()
	text, err := os.ReadFile("../../docs/reference/content-hash.md")
	require.NoError(t, err)
	m := regexp.MustCompile("(?s)```" + mark + "\n(.*?)```").FindSubmatch(text)
	require.NotNil(t, m, "no block %q", mark)
	return strings.TrimSpace(string(m[1]))
}

// What the page says is run as a reader would: on a session of strange settings, as
// the role that may only read.
func TestTheDocumentedQueryGivesTheStampedHash(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	d := builtin.Streamflow()
	rows := map[string]string{}
	for _, table := range d.GetTables() {
		rows[table.GetName()] = "(user_id) values ('7590-VHVEG'), ('5575-GNVDE'), ('3668-QPYBK')"
	}
	b := s.deliver(t, d, january, rows)
	s.db.Exec(t, `update `+b.candidate("subscriptions").SQL()+` set months_active = 3, monthly_fee = 29.850, paperless_billing = true, net_service = 'DSL'
		where user_id <> '3668-QPYBK'`)
	b.history()
	conn, err := pgx.Connect(t.Context(), s.db.URL("sf_reader"))
	require.NoError(t, err)
	defer func() { _ = conn.Close(t.Context()) }()
	_, err = conn.Exec(t.Context(), "set datestyle = 'German'; set timezone = 'Asia/Tokyo'; set extra_float_digits = -3")
	require.NoError(t, err)
	settings, query, found := strings.Cut(page(t, "sql recompute"), "\n\n")
	require.True(t, found)
	_, err = conn.Exec(t.Context(), settings)
	require.NoError(t, err)

	var recomputed, stamped string
	require.NoError(t, conn.QueryRow(t.Context(), query).Scan(&recomputed))
	require.NoError(t, conn.QueryRow(t.Context(), page(t, "sql stamped")).Scan(&stamped))

	require.Equal(t, stamped, recomputed)
	require.Regexp(t, `^h1:3:-?\d+$`, recomputed)
}

func TestTheDocumentedExample(t *testing.T) {
	t.Parallel()
	s := newSuite(t)

	require.Equal(t, []string{page(t, "text example")}, s.db.Rows(t, page(t, "sql example")))
}
