-- Which dates of a history were dropped, and which are kept from that.

-- +goose Up
create table sf_snapshot.dropped (
    dataset      text        not null,
    as_of        date        not null,
    dropped_at   timestamptz not null default clock_timestamp(),
    run          text        not null,
    requested_by text        not null,
    why          text        not null,
    gone_at      timestamptz,
    primary key (dataset, as_of)
);
comment on table sf_snapshot.dropped is
    'The dates whose rows retention drops, of all revisions: written before the first table goes. gone_at is when the last one was gone; NULL while there are some. The catalog keeps its entries.';

create table sf_snapshot.pin (
    dataset   text        not null,
    as_of     date        not null,
    reason    text        not null,
    pinned_by text        not null,
    pinned_at timestamptz not null default clock_timestamp(),
    primary key (dataset, as_of)
);
comment on table sf_snapshot.pin is 'The dates that somebody keeps from retention.';

-- What was dropped stays dropped: only that the tables are gone is written later.
grant select, insert, update (gone_at) on sf_snapshot.dropped to sf_snapshot;
grant select, insert, update, delete on sf_snapshot.pin to sf_snapshot;
grant select on sf_snapshot.dropped, sf_snapshot.pin to sf_reader;

-- +goose Down
drop table sf_snapshot.pin;
drop table sf_snapshot.dropped;
