-- What states stand on: of an incremental extract the state that it was laid over, and its
-- rows as they were delivered.

-- +goose Up
create table sf_snapshot.base (
    dataset       text    not null,
    snapshot      text    not null,
    as_of         date    not null,
    revision      integer not null,
    table_name    text    not null,
    base_snapshot text    not null,
    base_as_of    date    not null,
    base_revision integer not null,
    base_hash     text    not null,
    batch         text    not null,
    primary key (dataset, snapshot, as_of, revision)
);
comment on table sf_snapshot.base is
    'What each catalog entry stands on that an incremental extract made: the state that it was laid over, as it was when its content was last stamped or found to be the same.';
grant select, insert, update, delete on sf_snapshot.base to sf_snapshot;
grant select on sf_snapshot.base to sf_reader;

create table sf_snapshot.delta (
    dataset         text   not null,
    snapshot        text   not null,
    as_of           date   not null,
    batch           text   not null,
    relation_schema text   not null,
    relation_name   text   not null,
    rows            bigint not null,
    primary key (dataset, snapshot, as_of)
);
comment on table sf_snapshot.delta is
    'Where the rows of the incremental extract are that an as_of stands by, as they were delivered: from them it can be made again over another base.';
grant select, insert, update, delete on sf_snapshot.delta to sf_snapshot;
grant select on sf_snapshot.delta to sf_reader;

-- What stands before an entry is the current state of its base's snapshot of the newest as_of
-- before. Where its content is another than the entry was laid over, the entry is stale, and
-- so is every one that stands on a stale one.
create view sf_snapshot.stale as
with recursive stands as materialized (
    select b.dataset, b.snapshot, b.as_of, b.revision, b.base_snapshot, b.base_as_of, b.base_revision,
           now.as_of as now_as_of, now.revision as now_revision,
           now.content_hash is distinct from b.base_hash as moved,
           least(was.superseded_at, now.known_at) as since
      from sf_snapshot.base b
      join sf_snapshot.catalog c using (dataset, snapshot, as_of, revision)
      left join lateral (
           select n.as_of, n.revision, n.content_hash, n.known_at
             from sf_snapshot.catalog n
            where n.dataset = b.dataset and n.snapshot = b.base_snapshot and n.as_of < b.as_of and n.current
            order by n.as_of desc limit 1) now on true
      left join sf_snapshot.catalog was
        on was.dataset = b.dataset and was.snapshot = b.base_snapshot and was.as_of = b.base_as_of and was.revision = b.base_revision
     where c.current
), stale as (
    select * from stands where moved
    union
    select s.dataset, s.snapshot, s.as_of, s.revision, s.base_snapshot, s.base_as_of, s.base_revision,
           s.now_as_of, s.now_revision, s.moved, t.since
      from stands s
      join stale t on t.dataset = s.dataset and t.snapshot = s.base_snapshot and t.as_of = s.now_as_of
)
select distinct on (dataset, snapshot, as_of, revision) * from stale
 order by dataset, snapshot, as_of, revision, moved desc, since;
comment on view sf_snapshot.stale is
    'Current entries of the catalog that stand on a state which is another by now (moved), or on one that is stale itself, since when; base_… is what they were laid over, now_… what stands there now.';
grant select on sf_snapshot.stale to sf_reader, sf_snapshot;

alter table sf_snapshot.prepared add column base jsonb;
alter table sf_snapshot.prepared add column delta_schema text;
alter table sf_snapshot.prepared add column delta_name text;
alter table sf_snapshot.prepared add column delta_rows bigint;
comment on column sf_snapshot.prepared.base is 'What the candidate was laid over; NULL where it is a full extract.';

-- +goose Down
alter table sf_snapshot.prepared drop column delta_rows;
alter table sf_snapshot.prepared drop column delta_name;
alter table sf_snapshot.prepared drop column delta_schema;
alter table sf_snapshot.prepared drop column base;
drop view sf_snapshot.stale;
drop table sf_snapshot.delta;
drop table sf_snapshot.base;
