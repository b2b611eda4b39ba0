-- Which snapshots of an as_of were left as they were when the others of it were rolled back or
-- corrected: what they hold is of another delivery.

-- +goose Up
create table sf_snapshot.left_behind (
    dataset   text        not null,
    as_of     date        not null,
    since     timestamptz not null,
    until     timestamptz,
    snapshots text[]      not null check (snapshots <> '{}'),
    primary key (dataset, as_of, since)
);
comment on table sf_snapshot.left_behind is
    'Snapshots that kept what they had when others of the as_of got another content, and until when that was so: since is the known_at of that content.';
create unique index left_behind_now on sf_snapshot.left_behind (dataset, as_of) where until is null;
grant select, insert, update on sf_snapshot.left_behind to sf_snapshot;
grant select on sf_snapshot.left_behind to sf_reader;
-- Rollbacks that were made before: they left what was first stamped after the moment that they
-- went back to.
insert into sf_snapshot.left_behind (dataset, as_of, since, snapshots)
select r.dataset, r.as_of, r.known_at, array_agg(c.snapshot order by c.snapshot collate "C")
  from sf_snapshot.stamped s
  join sf_snapshot.restatement r on r.dataset = s.dataset and r.as_of = s.as_of and r.batch = s.batch
  join (select dataset, as_of, snapshot, min(known_at) as first from sf_snapshot.catalog group by 1, 2, 3) c
    on c.dataset = r.dataset and c.as_of = r.as_of and c.first > r.restored
 group by 1, 2, 3;

-- +goose Down
drop table sf_snapshot.left_behind;
