-- When WeCom last refused to show this group (its owner left the app's scope,
-- say): it is asked for again when its turn comes, not every night.
alter table chat add column refused_at timestamptz;
