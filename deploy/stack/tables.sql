-- Every region begins with the same tables, empty.
CREATE TABLE public.accounts (
  id      uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  owner   text NOT NULL,
  balance numeric(12, 2) NOT NULL DEFAULT 0
);
CREATE TABLE public.crossings (region text PRIMARY KEY, written_at timestamptz NOT NULL);
