/**
 * An order as the rest of the product sees it. The telephone number leaves this
 * module only masked, or as the index that matching compares.
 */
export interface Order {
  orderId: string;
  orderNo: string;
  customerName: string;
  /** As the ERP wrote it, sealed. Open it to mask it or to write it back. */
  phoneSealed: string;
  /** Keyed index of each number in it; empty when there is none. */
  phoneHashes: string[];
  /** Those of them that many people share. */
  sharedHashes: string[];
  /** By each hash the place of its number among the order's. */
  phonePlaces: number[];
  /** As the ERP calls it; null: it never told. */
  stage: string | null;
  /** The customers beside the first, sealed; empty when there are none. */
  furtherSealed: string;
  designerWxUserId: string;
  /** Who has no row as staff is called by the id. */
  designerName: string;
  projectManagerWxUserId: string | null;
  projectManagerName: string | null;
  storeName: string | null;
  createdAt: Date;
}
