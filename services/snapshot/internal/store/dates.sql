-- The dates of a dataset, newest first: what was stamped of each, whether it was dropped,
-- and what keeps it from that. The newest date of a snapshot is the newest that is there.
with dates as (
    select c.as_of, array_agg(distinct c.snapshot collate "C") as snapshots,
           coalesce(sum(c.rows) filter (where c.current), 0)::bigint as rows
      from sf_snapshot.catalog c
     where c.dataset = $1
     group by c.as_of
), newest as (
    select c.snapshot, max(c.as_of) as as_of
      from sf_snapshot.catalog c
     where c.dataset = $1
       and not exists (select from sf_snapshot.dropped x where x.dataset = c.dataset and x.as_of = c.as_of)
     group by c.snapshot
), trained as (
    select p.as_of, t.id
      from sf_snapshot.training_set t
      join sf_snapshot.training_set_pin p on p.training_set = t.id
     where t.dataset = $1 and (t.kept_until is null or t.kept_until > clock_timestamp())
       and not exists (select from sf_snapshot.training_set_forgotten f where f.training_set = t.id)
     group by p.as_of, t.id
), held as (
    select t.as_of, array_agg(t.id order by t.id desc) as training_sets from trained t group by t.as_of
), laid as (
    select s.now_as_of as as_of, array_agg(distinct s.as_of order by s.as_of) as stale
      from sf_snapshot.stale s
     where s.dataset = $1
       and not exists (select from sf_snapshot.dropped x where x.dataset = s.dataset and x.as_of = s.as_of)
     group by s.now_as_of
)
select d.as_of, d.snapshots, d.rows, x.dropped_at, x.gone_at, coalesce(x.run, ''), coalesce(x.why, ''),
       p.reason, p.pinned_by, p.pinned_at, coalesce(h.training_sets, '{}'),
       array(select n.snapshot from newest n where n.as_of = d.as_of order by n.snapshot collate "C"), coalesce(l.stale, '{}')
  from dates d
  left join sf_snapshot.dropped x on x.dataset = $1 and x.as_of = d.as_of
  left join sf_snapshot.pin p on p.dataset = $1 and p.as_of = d.as_of
  left join held h on h.as_of = d.as_of
  left join laid l on l.as_of = d.as_of
 order by d.as_of desc
