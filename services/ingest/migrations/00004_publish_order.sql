-- What was published last goes by the order of publishing, not by a clock: one that is
-- set back would make an earlier batch the last one, and a new delivery of it nothing new.

-- +goose Up
alter table sf_ingest.batch add column published_number bigint;
comment on column sf_ingest.batch.published_number is
    'The place of the batch among those that were published of its dataset, from 1; given under the lock that publishes of a dataset take in turn.';
update sf_ingest.batch b set published_number = o.number
  from (select id, row_number() over (partition by dataset order by published_at, id) as number
          from sf_ingest.batch where published_at is not null) o
 where o.id = b.id;
create unique index batch_published_order on sf_ingest.batch (dataset, published_number) where published_number is not null;

-- +goose Down
drop index sf_ingest.batch_published_order;
alter table sf_ingest.batch drop column published_number;
