package ingest_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/problem"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
)

// measures is a table of which any two columns may be taken for each other.
const measures = `
name: measures
calendar: {period: month_end}
tables:
  - name: n
    departed_limit: 1
    key: [id, w]
    columns:
      - {name: id, type: integer}
      - {name: w, type: integer}
      - {name: v, type: integer}
      - {name: u, type: integer, optional: true}
      - {name: note, type: "varchar(9)", optional: true}
`

var measured = files{"n.csv": "id,w,v,u,note\n1,10,100,1000,a\n2,20,200,2000,b\n3,30,300,3000,c\n"}

const allMeasured = "select id, w, v, u, note from n order by id"

const keysMoved = "expected the columns of the key to be those that were published, found "

// back is the SQL that has two columns exchange their names.
func back(a, b string) string {
	const alter = `alter table "public"."n" rename column `
	return alter + `"` + a + `" to "sf_renamed"; ` + alter + `"` + b + `" to "` + a + `"; ` + alter + `"sf_renamed" to "` + b + `"`
}

func swap(a, b string) string {
	return "alter table n rename column " + a + " to t; alter table n rename column " + b + " to " + a + "; alter table n rename column t to " + b
}

// run does what a run does of files: it stages, expands and publishes.
func (h *house) run(asOf string, f files) (*ingestv1.Batch, error) {
	h.t.Helper()
	b := h.stage(asOf, f)
	require.Equal(h.t, ingestv1.BatchState_BATCH_STATE_STAGED, b.GetState(), "%v", b.GetFindings())
	if _, err := h.expand(false, false); err != nil {
		return b, err
	}
	_, err := h.publish(b.GetId())
	return b, err
}

// What moves no row is seen all the same: columns that were dropped, added or renamed by hand
// have the same files staged again, which bring their values back or are refused.
func TestColumnsAlteredByHand(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		sql, want string
		refused   string // what LIVE_TABLE_DIFFERS says; empty where the run brings everything back
	}{
		"dropped":                 {"alter table n drop column u", "lost its column u", ""},
		"dropped, required":       {"alter table n drop column v", "lost its column v", ""},
		"dropped and added":       {"alter table n drop column v, add column v integer", "lost its column v, and another stands under the name", ""},
		"exchanged":               {swap("v", "u"), "has its column v renamed to u, has its column u renamed to v", ""},
		"exchanged, of the key":   {swap("id", "w"), "has its column id renamed to w, has its column w renamed to id", keysMoved + "id renamed to w, w renamed to id: " + back("w", "id")},
		"exchanged, with a key's": {swap("id", "v"), "has its column id renamed to v, has its column v renamed to id", keysMoved + "id renamed to v, v renamed to id: " + back("v", "id")},
		"exchanged, of types":     {swap("v", "note"), "has its column v renamed to note, has its column note renamed to v", "expected column v to be integer, found character varying(9)"},
		"renamed":                 {"alter table n rename v to vv", "has its column v renamed to vv", "found a column vv that the dataset does not declare"},
		"another type":            {"alter table n alter v type bigint", "has its column v as bigint, which was integer", "expected column v to be integer, found bigint"},
		"added":                   {"alter table n add extra text", "has a column extra that nobody declares", "found a column extra that the dataset does not declare"},
		"added, without key":      {"alter table n add extra text, drop constraint n_pkey", "has a column extra that nobody declares, has no primary key or unique index on (id, w) any more", "expected a primary key or unique index on (id, w), found none"},
		"without key":             {"alter table n drop constraint n_pkey", "has no primary key or unique index on (id, w) any more", "expected a primary key or unique index on (id, w), found none"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := open(t, measures)
			first := h.published(february, measured)
			before := h.db.Rows(t, allMeasured)
			h.db.Exec(t, tc.sql)

			older, err := h.run(january, files{"n.csv": "id,w,v,u,note\n1,10,1,1,z\n"})
			require.NoError(t, err)
			again := h.stage(january, files{"n.csv": "id,w,v,u,note\n1,10,1,1,z\n"})
			b, err := h.run(february, measured)

			passed := "SEVERITY_WARNING public.n was altered since batch " + first.GetId() + " was published for " + february + ": it "
			leaves := "; what is delivered for " + january + " leaves it as it is"
			require.Equal(t, map[string]string{"n": passed + tc.want + leaves}, alteredOf(older))
			require.NotEmpty(t, again.GetSameAs())
			require.Len(t, alteredOf(again), 1, "of the same files too")
			said := alteredOf(b)["n"]
			require.Empty(t, b.GetSameAs())
			require.True(t, strings.HasPrefix(said, "SEVERITY_WARNING n.csv is staged again, although it is the file of batch "+first.GetId()+": "), said)
			require.Contains(t, said, "public.n "+tc.want)
			if tc.refused != "" {
				requireReason(t, problem.LiveTableDiffers, err)
				require.Contains(t, problem.FromError(err).Message, tc.refused)
				require.Empty(t, h.stage(february, measured).GetSameAs(), "until it is mended")
				return
			}
			require.NoError(t, err)
			require.Equal(t, before, h.db.Rows(t, allMeasured))
			require.NotEmpty(t, h.stage(february, measured).GetSameAs(), "it is as it was left")
		})
	}
}

// What a version alters is no hand's: not in the run that does it, nor in those of an older
// as_of, whether that run came to its end or not.
func TestWhatAVersionAltersIsNoHands(t *testing.T) {
	t.Parallel()
	old := files{"n.csv": "id,w,v,u,note\n1,10,1,1,z\n"}
	for name, yaml := range map[string]string{
		"a column more":  measures + "      - {name: more, type: text, optional: true}\n",
		"a wider type":   strings.ReplaceAll(measures, "{name: note, type: \"varchar(9)\",", "{name: note, type: text,"),
		"another name":   strings.ReplaceAll(measures, "{name: u, type: integer,", "{name: y, type: integer, renamed_from: u,"),
		"names of a key": strings.NewReplacer("{name: w, type: integer}", "{name: x, type: integer, renamed_from: w}", "[id, w]", "[id, x]").Replace(measures),
		"exchanged":      strings.NewReplacer("{name: v, type: integer}", "{name: v, type: integer, renamed_from: u, optional: true}", "{name: u, type: integer,", "{name: u, type: integer, renamed_from: v,").Replace(measures),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := open(t, measures)
			h.published(february, measured)
			h.grow(yaml)
			before := h.stage(january, old)
			for _, rewrite := range []bool{false, true} {
				_, err := h.expand(rewrite, false)
				require.NoError(t, err)
			}
			after := h.stage(january, old)
			b, err := h.run(february, measured)
			require.NoError(t, err)

			require.Empty(t, alteredOf(before))
			require.Empty(t, alteredOf(after))
			require.Empty(t, alteredOf(b))
			require.NotEmpty(t, h.stage(february, measured).GetSameAs())
		})
	}
}

// A column that nobody but the version before knows is its person's to drop.
func TestAColumnThatAVersionLeavesOut(t *testing.T) {
	t.Parallel()
	h := open(t, measures)
	h.published(february, measured)
	h.grow(strings.ReplaceAll(measures, "      - {name: note, type: \"varchar(9)\", optional: true}\n", ""))
	h.db.Exec(t, "alter table n drop column note; alter table n rename u to t; alter table n rename t to u")

	b := h.stage(january, files{"n.csv": "id,w,v,u\n1,10,1,1\n"})

	require.Empty(t, alteredOf(b))
}

// Renames that a person made as a version declares them are the version's.
func TestARenameByHandThatIsDeclared(t *testing.T) {
	t.Parallel()
	h := open(t, measures)
	h.published(february, measured)
	h.db.Exec(t, "alter table n rename u to y")
	h.grow(strings.ReplaceAll(measures, "{name: u, type: integer,", "{name: y, type: integer, renamed_from: u,"))
	old := files{"n.csv": "id,w,v,y,note\n1,10,1,1,z\n"}

	before, err := h.run(january, old)
	require.NoError(t, err)
	after := h.stage(january, old)

	require.Empty(t, alteredOf(before))
	require.Empty(t, alteredOf(after))
	h.db.Exec(t, "alter table n rename y to u")
	require.Contains(t, alteredOf(h.stage(january, old))["n"], "has its column y renamed to u")
}

// A record of a version before has no columns: it is believed, and made whole by the next run.
func TestALayoutThatNobodyRecorded(t *testing.T) {
	t.Parallel()
	h := open(t, measures)
	h.published(february, measured)
	h.db.Exec(t, "update sf_ingest.live set layout = ''")
	h.db.Exec(t, "alter table n drop column u, add column u integer")

	b, err := h.run(february, measured)
	require.NoError(t, err)
	require.NotEmpty(t, b.GetSameAs())
	h.db.Exec(t, "alter table n drop column u")
	again, err := h.run(february, measured)
	require.NoError(t, err)

	require.Contains(t, alteredOf(again)["n"], "lost its column u")
	require.Equal(t, []string{"1|1000", "2|2000", "3|3000"}, h.db.Rows(t, "select id, u from n order by id"))
}

// A table that was made anew with the rows that it had, as of a backup, is known by the names
// of its columns; what an erasure leaves keeps them.
func TestALayoutOutlivesARestoreAndAnErasure(t *testing.T) {
	t.Parallel()
	h := open(t, measures)
	h.published(february, measured)
	h.db.Exec(t, "alter table n drop column note, add column note varchar(9)")
	_, err := h.run(february, measured)
	require.NoError(t, err)
	h.erased("n", "3/30")
	require.NotContains(t, h.db.Rows(t, "select layout from sf_ingest.live"), "")
	h.db.Exec(t, "alter table n rename to before; create table n (like before including all); insert into n select * from before; alter table n owner to sf_ingest; drop table before")

	b := h.stage(january, files{"n.csv": "id,w,v,u,note\n1,10,1,1,z\n"})

	require.Empty(t, alteredOf(b))
	h.db.Exec(t, "alter table n drop column v")
	require.Contains(t, alteredOf(h.stage(january, files{"n.csv": "id,w,v,u,note\n1,10,1,1,z\n"}))["n"], "lost its column v")
}

// A column that goes between staging and publishing is missed by the publish.
func TestAColumnThatIsDroppedBeforeThePublish(t *testing.T) {
	t.Parallel()
	h := open(t, measures)
	h.published(february, measured)
	same := h.stage(february, measured)
	require.NotEmpty(t, same.GetSameAs())
	h.db.Exec(t, "alter table n drop column v")
	_, err := h.expand(false, false)
	require.NoError(t, err)

	_, err = h.publish(same.GetId())

	requireReason(t, problem.StagingLost, err)
}
