package e2e

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/dataset"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

// kiosk is a dataset of customers and their orders, so small that a row is a great share.
const kiosk = `name: kiosk
calendar: {period: month_end}
stale: note
tables:
  - name: customers
    key: [id]
    departed_limit: 0.9
    columns: [{name: id, type: text}, {name: seat, type: integer, optional: true}]
  - name: orders
    key: ["no"]
    departed_limit: 0.9
    columns: [{name: "no", type: integer}, {name: customer, type: text}]
    references: [{columns: [customer], table: customers}]
snapshots:
  - {name: customers_snapshots, from: customers}
  - {name: orders_snapshots, from: orders}
`

// kioskOf is a suite that knows the kiosk.
func kioskOf(t *testing.T) *suite {
	t.Helper()
	s := setup(t)
	d, mistakes := dataset.Read("kiosk.yaml", []byte(kiosk))
	require.NoError(t, mistakes.Err())
	s.apply(t, d)
	return s
}

// delivered runs a delivery of the kiosk; one with a reason corrects what is stamped.
func (s *suite) delivered(t *testing.T, mode orchestratorv1.RunMode, asOf, reason, customers, orders string) *orchestratorv1.Run {
	t.Helper()
	dir := folder(t, map[string]string{"customers.csv": "id,seat\n" + customers, "orders.csv": "no,customer\n" + orders})
	r, err := s.orchestrator.StartRun(t.Context(), &orchestratorv1.StartRunRequest{
		Dataset: "kiosk", AsOf: asOf, Source: dir, Mode: mode, RequestedBy: "e2e", Supersede: reason != "", Reason: reason,
	})
	require.NoError(t, err)
	return s.wait(t, r.GetRun().GetId())
}

// withdrawn is how many keys a step withdrew, of all tables.
func withdrawn(r *orchestratorv1.Run, kind orchestratorv1.StepKind) (n int64) {
	for _, st := range r.GetSteps() {
		for _, c := range st.GetCounts() {
			if st.GetKind() == kind {
				n += c.GetWithdrawn()
			}
		}
	}
	return n
}

func foundOf(r *orchestratorv1.Run, reason string) []*stepv1.Finding {
	var found []*stepv1.Finding
	for _, f := range r.GetFindings() {
		if f.GetReason() == reason {
			found = append(found, f)
		}
	}
	return found
}

// February came with a customer who never was, and gave him an order of January's. The
// correction lacks both: the order departs and stays, and so does its customer.
func TestACorrectionLeavesTheParentsOfRowsThatStay(t *testing.T) {
	t.Parallel()
	s := kioskOf(t)
	requireSucceeded(t, s.delivered(t, full, "2024-01-31", "", "a,1\nb,2\n", "1,a\n2,b\n"))
	requireSucceeded(t, s.delivered(t, full, "2024-02-29", "", "a,1\nb,2\nx,3\ny,4\n", "1,a\n2,x\n3,y\n"))

	would := s.delivered(t, plan, "2024-02-29", why, "a,1\nb,2\n", "1,a\n")
	done := s.delivered(t, full, "2024-02-29", why, "a,1\nb,2\n", "1,a\n")

	for _, r := range []*orchestratorv1.Run{would, done} {
		requireSucceeded(t, r)
		held := foundOf(r, "WITHDRAWALS_HELD")
		require.Len(t, held, 1)
		require.Equal(t, datasetv1.Severity_SEVERITY_INFO, held[0].GetSeverity())
		require.Equal(t, "customers", held[0].GetTable())
		require.Equal(t, []string{"x"}, held[0].GetRows()[0].GetKey())
	}
	require.Equal(t, []string{"a", "b", "x"}, s.rows(t, "select id from customers order by 1"))
	require.Equal(t, []string{"1|a", "2|x"}, s.rows(t, "select no, customer from orders order by 1"))
	require.Equal(t, []string{"a", "b"}, s.rows(t, "select id from customers_snapshots where as_of = '2024-02-29' order by 1"))
}

// A correction that was published, and whose stamp failed for good, brought a customer who
// never was. The files that are stamped, delivered again, take him back, and no correction
// is needed for it.
func TestWhatAFailedCorrectionBroughtGoesWithTheFilesThatAreStamped(t *testing.T) {
	t.Parallel()
	s := kioskOf(t)
	requireSucceeded(t, s.delivered(t, full, "2024-01-31", "", "a,1\nb,2\n", "1,a\n2,b\n"))
	requireSucceeded(t, s.delivered(t, full, "2024-02-29", "", "a,1\nb,2\nc,3\n", "1,a\n2,b\n3,c\n"))
	_, err := s.person(t).Exec(t.Context(), `
		create function public.refuse() returns trigger language plpgsql security definer set search_path = pg_catalog as
			$$begin if exists (select from public.customers where id = 'x') then raise 'not x'; end if; return new; end$$;
		create trigger refuse before insert on public.customers_snapshots for each row execute function public.refuse()`)
	require.NoError(t, err)

	failed := s.delivered(t, full, "2024-02-29", why, "a,1\nb,2\nx,4\n", "1,a\n2,b\n")
	require.Equal(t, orchestratorv1.RunState_RUN_STATE_FAILED, failed.GetState(), "%s: %s", failed.GetReason(), failed.GetMessage())
	require.Equal(t, []string{"a", "b", "x"}, s.rows(t, "select id from customers order by 1"), "it was published")
	require.Equal(t, []string{"a", "b", "c"}, s.rows(t, "select id from customers_snapshots where as_of = '2024-02-29' order by 1"))

	would := s.delivered(t, plan, "2024-02-29", "", "a,1\nb,2\nc,3\n", "1,a\n2,b\n3,c\n")
	again := s.delivered(t, full, "2024-02-29", "", "a,1\nb,2\nc,3\n", "1,a\n2,b\n3,c\n")

	requireSucceeded(t, would)
	requireSucceeded(t, again)
	require.EqualValues(t, 1, withdrawn(would, orchestratorv1.StepKind_STEP_KIND_PLAN))
	require.EqualValues(t, 1, withdrawn(again, publish))
	require.Equal(t, []string{"a", "b", "c"}, s.rows(t, "select id from customers order by 1"))
	require.Equal(t, []string{"1|a", "2|b", "3|c"}, s.rows(t, "select no, customer from orders order by 1"))
	require.Empty(t, s.rows(t, "select key from sf_ingest.departed where dataset = 'kiosk'"))
}

// The first files of a month were published, and their stamp failed for good: what they alone
// brought never was content of the month, and the files that are stamped take it back.
func TestWhatWasNeverStampedGoesWithTheFilesThatAre(t *testing.T) {
	t.Parallel()
	s := kioskOf(t)
	requireSucceeded(t, s.delivered(t, full, "2024-01-31", "", "a,1\nb,2\n", "1,a\n2,b\n"))
	const mended = "alter table public.customers_snapshots drop constraint no_x; drop trigger spoil on public.customers"
	execute(t, s.person(t), `
		create function public.spoil() returns trigger language plpgsql security definer set search_path = pg_catalog as
			$$begin alter table public.customers_snapshots add constraint no_x check (id <> 'x'); return null; end$$`)
	execute(t, s.person(t), "create trigger spoil after insert on public.customers for each statement execute function public.spoil()")
	failed := s.delivered(t, full, "2024-02-29", "", "a,1\nb,2\nx,4\n", "1,a\n2,x\n")
	require.Equal(t, orchestratorv1.RunState_RUN_STATE_FAILED, failed.GetState(), "%s: %s", failed.GetReason(), failed.GetMessage())
	require.Equal(t, []string{"a", "b", "x"}, s.rows(t, "select id from customers order by 1"), "it was published")
	execute(t, s.person(t), mended)

	would := s.delivered(t, plan, "2024-02-29", "", "a,1\nb,2\nc,3\n", "1,a\n2,b\n")
	requireSucceeded(t, would)
	require.EqualValues(t, 1, withdrawn(would, orchestratorv1.StepKind_STEP_KIND_PLAN))
	right := s.delivered(t, full, "2024-02-29", "", "a,1\nb,2\nc,3\n", "1,a\n2,b\n")

	requireSucceeded(t, right)
	require.EqualValues(t, 1, withdrawn(right, publish))
	require.Equal(t, []string{"a", "b", "c"}, s.rows(t, "select id from customers order by 1"))
	require.Equal(t, []string{"a", "b", "c"}, s.rows(t, "select id from customers_snapshots where as_of = '2024-02-29' order by 1"))
}

// A redelivery that says nothing leaves what the delivery before it had brought; the same
// files as a correction take it back, and are not "unchanged" before they have.
func TestTheSameFilesAsACorrectionWithdrawWhatIsLeft(t *testing.T) {
	t.Parallel()
	s := setup(t)
	tables, _, _ := strings.Cut(kiosk, "snapshots:")
	d, mistakes := dataset.Read("kiosk.yaml", []byte(tables))
	require.NoError(t, mistakes.Err())
	s.apply(t, d)
	requireSucceeded(t, s.delivered(t, full, "2024-01-31", "", "a,1\nb,2\n", "1,a\n2,b\n"))
	requireSucceeded(t, s.delivered(t, full, "2024-02-29", "", "a,1\nb,2\nx,3\n", "1,a\n2,b\n"))
	requireSucceeded(t, s.delivered(t, full, "2024-02-29", "", "a,1\nb,2\n", "1,a\n2,b\n"))
	require.Equal(t, []string{"a", "b", "x"}, s.rows(t, "select id from customers order by 1"))

	same := s.delivered(t, full, "2024-02-29", "", "a,1\nb,2\n", "1,a\n2,b\n")
	corrected := s.delivered(t, full, "2024-02-29", why, "a,1\nb,2\n", "1,a\n2,b\n")
	again := s.delivered(t, full, "2024-02-29", why, "a,1\nb,2\n", "1,a\n2,b\n")

	require.True(t, same.GetUnchanged())
	require.False(t, corrected.GetUnchanged())
	requireSucceeded(t, corrected)
	require.True(t, again.GetUnchanged(), "nothing is left to withdraw")
	require.Equal(t, []string{"a", "b"}, s.rows(t, "select id from customers order by 1"))
}

// Rows of a table that the dataset does not know go with a customer who is withdrawn. Who
// reads the plan knows it before.
func TestRowsOfAnotherTableThatGoWithACorrectionAreSaid(t *testing.T) {
	t.Parallel()
	s := kioskOf(t)
	requireSucceeded(t, s.delivered(t, full, "2024-01-31", "", "a,1\nb,2\n", "1,a\n2,b\n"))
	requireSucceeded(t, s.delivered(t, full, "2024-02-29", "", "a,1\nb,2\nx,3\n", "1,a\n2,b\n"))
	_, err := s.person(t).Exec(t.Context(), `
		create table public.notes (customer text references public.customers on delete cascade, note text);
		insert into public.notes values ('a', 'kept'), ('x', 'lost'), ('x', 'lost too');
		grant select on public.notes to sf_ingest`)
	require.NoError(t, err)

	would := s.delivered(t, plan, "2024-02-29", why, "a,1\nb,2\n", "1,a\n2,b\n")
	require.Len(t, s.rows(t, "select note from notes"), 3, "a plan changes nothing")
	done := s.delivered(t, full, "2024-02-29", why, "a,1\nb,2\n", "1,a\n2,b\n")

	for _, r := range []*orchestratorv1.Run{would, done} {
		requireSucceeded(t, r)
		said := foundOf(r, "OTHERS_REFER")
		require.Len(t, said, 1)
		require.EqualValues(t, 2, said[0].GetCount())
		require.Contains(t, said[0].GetMessage(), "public.notes")
		require.Contains(t, said[0].GetAction(), "drop constraint")
	}
	require.Equal(t, []string{"kept"}, s.rows(t, "select note from notes"))
}

// Two customers change seats, and a unique index of the user's allows no moment in which both
// have one. The plan says so before; what it gives to run is what helps.
func TestAUniqueIndexThatIsInTheWayIsToldByThePlan(t *testing.T) {
	t.Parallel()
	s := kioskOf(t)
	requireSucceeded(t, s.delivered(t, full, "2024-01-31", "", "a,1\nb,2\n", "1,a\n"))
	execute(t, s.person(t), "create unique index one_each on public.customers (seat)")

	would := s.delivered(t, plan, "2024-02-29", "", "a,2\nb,1\n", "1,a\n")
	refused := s.delivered(t, full, "2024-02-29", "", "a,2\nb,1\n", "1,a\n")

	requireSucceeded(t, would)
	warned := foundOf(would, "LIVE_TABLE_DIFFERS")
	require.Len(t, warned, 1, "%v", would.GetFindings())
	const mend = "drop index public.one_each; alter table public.customers add constraint one_each unique (seat) deferrable initially deferred"
	require.Contains(t, warned[0].GetAction(), mend)
	require.Equal(t, "LIVE_TABLE_DIFFERS", refused.GetReason())
	require.Contains(t, refused.GetMessage(), mend)
	require.Equal(t, []string{"a|1", "b|2"}, s.rows(t, "select id, seat from customers order by 1"), "nothing was written")
	execute(t, s.person(t), mend)

	requireSucceeded(t, s.delivered(t, full, "2024-02-29", "", "a,2\nb,1\n", "1,a\n"))

	require.Equal(t, []string{"a|2", "b|1"}, s.rows(t, "select id, seat from customers order by 1"))
}
