-- The sale day that headquarters' record of a policy approves, and the sale day a policy waits with for that.
ALTER TABLE documents ADD COLUMN approved_sale_date TEXT;
ALTER TABLE documents ADD COLUMN awaiting_sale_date TEXT;

CREATE INDEX documents_awaiting ON documents (id) WHERE awaiting_sale_date IS NOT NULL;

-- Who waits was not stored before, and a withdrawal after its time counted: every policy is judged again.
UPDATE hub SET judged = 0;
