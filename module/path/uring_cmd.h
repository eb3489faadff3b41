/* SPDX-License-Identifier: GPL-2.0 */
/*
 * io_uring's commands: CANCELSAFE_CMD_READ and CANCELSAFE_CMD_CANCEL.
 */
#ifndef CS_PATH_URING_CMD_H
#define CS_PATH_URING_CMD_H

struct io_uring_cmd;

int cs_uring_cmd_init(void);
void cs_uring_cmd_drain(void);
void cs_uring_cmd_exit(void);
int cs_uring_cmd(struct io_uring_cmd *cmd, unsigned int issue_flags);

#endif /* CS_PATH_URING_CMD_H */
