-- Where the rows of superseded revisions are, what superseding them changed, and the
-- clock by which revisions become known.

-- +goose Up
create table sf_snapshot.kept (
    dataset         text    not null,
    snapshot        text    not null,
    as_of           date    not null,
    revision        integer not null,
    relation_schema text    not null,
    relation_name   text    not null,
    primary key (dataset, snapshot, as_of, revision)
);
comment on table sf_snapshot.kept is
    'The table that holds the rows of each superseded revision; one that has none here had lost its rows before.';
grant select, insert on sf_snapshot.kept to sf_snapshot;
grant select on sf_snapshot.kept to sf_reader;

create table sf_snapshot.known (
    dataset  text primary key,
    known_at timestamptz not null
);
comment on table sf_snapshot.known is
    'The newest known_at of a dataset. Whoever stamps moves it last, and holds the row until COMMIT: known_at is the order of stamps.';
insert into sf_snapshot.known (dataset, known_at) select dataset, max(known_at) from sf_snapshot.catalog group by dataset;
grant select, insert, update on sf_snapshot.known to sf_snapshot;

create table sf_snapshot.stamped (
    dataset    text not null,
    as_of      date not null,
    batch      text not null,
    stamped_at timestamptz not null default now(),
    primary key (dataset, as_of)
);
comment on table sf_snapshot.stamped is
    'The batch whose stamp of an as_of was the last: history holds its content, whichever batch brought it first.';
insert into sf_snapshot.stamped (dataset, as_of, batch)
select distinct on (dataset, as_of) dataset, as_of, batch from sf_snapshot.catalog order by dataset, as_of, known_at desc;
grant select, insert, update on sf_snapshot.stamped to sf_snapshot;

create table sf_snapshot.restatement (
    dataset      text        not null,
    as_of        date        not null,
    batch        text        not null,
    known_at     timestamptz not null,
    run          text        not null,
    requested_by text        not null,
    reason       text        not null,
    snapshots    jsonb       not null,
    primary key (dataset, as_of, batch)
);
comment on table sf_snapshot.restatement is
    'What each batch that superseded others changed in the history of an as_of, per snapshot.';
grant select, insert on sf_snapshot.restatement to sf_snapshot;

alter table sf_snapshot.prepared add column supersedes integer;
alter table sf_snapshot.prepared add column kept_schema text;
alter table sf_snapshot.prepared add column kept_name text;
alter table sf_snapshot.prepared add column restated jsonb;
comment on column sf_snapshot.prepared.supersedes is
    'The revision that a stamp will supersede. Where kept is set, the partition holds the rows that differ, and kept those of that revision.';

-- +goose Down
alter table sf_snapshot.prepared drop column restated;
alter table sf_snapshot.prepared drop column kept_name;
alter table sf_snapshot.prepared drop column kept_schema;
alter table sf_snapshot.prepared drop column supersedes;
drop table sf_snapshot.restatement;
drop table sf_snapshot.stamped;
drop table sf_snapshot.known;
drop table sf_snapshot.kept;
