-- How each partition was left, so that an as_of is only called stamped where its rows
-- are there.

-- +goose Up
create table sf_snapshot.footprint (
    dataset     text        not null,
    snapshot    text        not null,
    as_of       date        not null,
    revision    integer     not null,
    footprint   text        not null,
    recorded_at timestamptz not null default now(),
    primary key (dataset, snapshot, as_of, revision)
);
comment on table sf_snapshot.footprint is
    'Footprint (oid, file node, size) of the partition of every catalog entry when its rows were last seen to be there.';

grant select, insert, update on sf_snapshot.footprint to sf_snapshot;

-- +goose Down
drop table sf_snapshot.footprint;
